// Sets the colours that the reader chose, if not the system's. See src/theme.ts, which writes the choice.
try {
  var theme = localStorage.getItem("theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch (_) {
  // Storage is refused: the system's colours it is.
}
