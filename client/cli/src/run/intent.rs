//! By what a command is known when it is run again.

use crate::failure::{Failure, Result};
use serde::Serialize;
use serde_json::Value;
use tally_client::interface::Address;

/// A name made of what was asked for and by whom, not of what the chain says meanwhile: the same command
/// has the same name after a restart, whatever came of its first run.
pub fn name(command: &str, arguments: &impl Serialize, owner: &Address) -> Result<String> {
    let value = serde_json::to_value(arguments).map_err(|error| Failure::Failed(error.to_string()))?;
    let mut name = command.to_owned();
    if let Value::Object(fields) = value {
        for (key, value) in fields {
            let said = match value {
                Value::Null | Value::Bool(false) => continue,
                Value::Array(values) if values.is_empty() => continue,
                Value::String(text) => text,
                other => other.to_string(),
            };
            name.push_str(&format!(" {key}={said}"));
        }
    }
    Ok(format!("{name} by {owner}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    struct Arguments {
        amount: Option<&'static str>,
        wait: bool,
        all: Vec<u8>,
    }

    #[test]
    fn what_was_asked_for_is_the_name_and_what_was_not_is_left_out() {
        let key = Address::new_from_array([1; 32]);
        let asked = Arguments { amount: Some("12.5"), wait: false, all: vec![] };
        assert_eq!(
            name("provider stake", &asked, &key).unwrap(),
            format!("provider stake amount=12.5 by {key}")
        );
        let other = Arguments { amount: None, wait: true, all: vec![1, 2] };
        assert_eq!(name("x", &other, &key).unwrap(), format!("x all=[1,2] wait=true by {key}"));
    }
}
