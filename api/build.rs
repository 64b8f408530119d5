//! Makes the web page's files part of the binary, if the page was built: `scripts/build-page` needs Node, this does not.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// What `scripts/build-page` lays beside a file where it is smaller.
const FORMS: [(&str, &str); 2] = [("brotli", "br"), ("gzip", "gz")];

fn main() -> io::Result<()> {
    let variable = |name| env::var_os(name).map(PathBuf::from).ok_or_else(|| io::Error::other(name));
    let built = variable("CARGO_MANIFEST_DIR")?.join("../page/dist");
    // The folder is there in every checkout, with its content or without.
    println!("cargo::rerun-if-changed={}", built.display());
    let mut files = Vec::new();
    find(&built, &mut files)?;
    files.sort();
    let mut list = String::from("static FILES: &[File] = &[\n");
    let index = built.join("index.html");
    for file in files.iter().filter(|_| files.contains(&index)) {
        if FORMS.iter().any(|(_, ending)| file.extension().is_some_and(|found| found == *ending)) {
            continue;
        }
        let path = file.strip_prefix(&built).map_err(io::Error::other)?;
        write!(list, "    File {{ path: {:?}, plain: {}", format!("/{}", path.display()), include(file)?)
            .map_err(io::Error::other)?;
        for (name, ending) in FORMS {
            let form = PathBuf::from(format!("{}.{ending}", file.display()));
            let form = match files.contains(&form) {
                true => format!("Some({})", include(&form)?),
                false => "None".to_owned(),
            };
            write!(list, ", {name}: {form}").map_err(io::Error::other)?;
        }
        list.push_str(" },\n");
    }
    list.push_str("];\n");
    fs::write(variable("OUT_DIR")?.join("page.rs"), list)
}

fn include(file: &Path) -> io::Result<String> {
    Ok(format!("include_bytes!({:?})", file.canonicalize()?.display().to_string()))
}

/// Every file under a folder; none if there is no such folder. What begins with a dot is no part of the page.
fn find(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            find(&path, files)?;
        } else if !entry.file_name().to_string_lossy().starts_with('.') {
            files.push(path);
        }
    }
    Ok(())
}
