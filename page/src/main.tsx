import { render } from "preact";
import { App } from "./app";
import "./styles/font.css";
import "./styles/base.css";
import "./styles/shell.css";
import "./styles/parts.css";
import "./styles/views.css";

const place = document.getElementById("page");
if (place) render(<App />, place);
