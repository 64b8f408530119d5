//! What HTTP has in `WWW-Authenticate`: challenges of several schemes, with parameters, in one list.

use std::collections::HashMap;

/// The parameters of each challenge of this scheme; of one that has a parameter twice, or something that is none, nothing.
pub(crate) fn parameters(header: &str, wanted: &str) -> Vec<HashMap<String, String>> {
    let mut found: Vec<Option<HashMap<String, String>>> = Vec::new();
    for element in elements(header) {
        let parameter = match parameter(element) {
            Some(parameter) => Some(parameter),
            None => {
                let (scheme, rest) = element.split_once([' ', '\t']).unwrap_or((element, ""));
                if !is_token(scheme) {
                    // Such as a value that does not end.
                    found.last_mut().into_iter().for_each(|last| *last = None);
                    continue;
                }
                found.push(scheme.eq_ignore_ascii_case(wanted).then(HashMap::new));
                parameter(rest.trim())
            }
        };
        let (Some((name, value)), Some(last)) = (parameter, found.last_mut()) else { continue };
        if last.as_mut().is_some_and(|parameters| parameters.insert(name, value).is_some()) {
            *last = None;
        }
    }
    found.into_iter().flatten().collect()
}

/// A `quoted-string` of HTTP.
pub(crate) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// What commas separate, outside of quotes.
fn elements(header: &str) -> impl Iterator<Item = &str> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    let separates = move |character: char| {
        let is_separator = character == ',' && !is_quoted;
        is_quoted ^= character == '"' && !is_escaped;
        is_escaped = is_quoted && character == '\\' && !is_escaped;
        is_separator
    };
    header.split(separates).map(str::trim).filter(|element| !element.is_empty())
}

/// A `token` of HTTP.
fn is_token(text: &str) -> bool {
    let also = "!#$%&'*+-.^_`|~";
    !text.is_empty() && text.chars().all(|it| it.is_ascii_alphanumeric() || also.contains(it))
}

/// `name=value`, of which the value may be quoted.
fn parameter(element: &str) -> Option<(String, String)> {
    let (name, value) = element.split_once('=')?;
    let (name, value) = (name.trim_end(), value.trim_start());
    if !is_token(name) {
        return None;
    }
    let name = name.to_ascii_lowercase();
    let Some(inner) = value.strip_prefix('"') else {
        return is_token(value).then(|| (name, value.to_owned()));
    };
    let (mut text, mut characters) = (String::new(), inner.chars());
    loop {
        match characters.next()? {
            '"' => return characters.as_str().is_empty().then_some((name, text)),
            '\\' => text.push(characters.next()?),
            other => text.push(other),
        }
    }
}
