//! The network's parameters: shown, and set by name.

use crate::arguments::Span;
use crate::failure::{Failure, Result};
use crate::show::Record;
use serde::{Serialize, Serializer};
use std::str::FromStr;
use tally_client::interface::parameters::Parameters;

/// `NAME=VALUE`: seconds or a length of time, basis points, base units.
#[derive(Clone, Debug)]
pub struct Setting {
    name: String,
    value: i64,
}

impl FromStr for Setting {
    type Err = String;
    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let wrong = || format!("\"{text}\" is no parameter; write one such as take_bps=500 or grace=1h");
        let (name, value) = text.split_once('=').ok_or_else(wrong)?;
        let value =
            value.parse().or_else(|_| value.parse().map(|Span(seconds)| seconds)).map_err(|_| wrong())?;
        Ok(Self { name: name.to_owned(), value })
    }
}

impl Serialize for Setting {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{}={}", self.name, self.value))
    }
}

/// These parameters with these settings, within their bounds.
pub fn with(mut parameters: Parameters, settings: &[Setting]) -> Result<Parameters> {
    for Setting { name, value } in settings {
        let known = parameters.bounds().into_iter().find(|(known, ..)| known == name);
        let Some((_, _, least, greatest)) = known else {
            let names: Vec<_> = parameters.bounds().iter().map(|(name, ..)| *name).collect();
            return Err(Failure::Usage(format!(
                "there is no parameter {name}; there are {}",
                names.join(", ")
            )));
        };
        if *value < least || *value > greatest || parameters.set(name, *value).is_none() {
            return Err(Failure::Refused(format!(
                "{name} is {value}, but it must lie between {least} and {greatest}"
            )));
        }
    }
    match parameters.first_out_of_bounds() {
        None => Ok(parameters),
        Some(what) => {
            Err(Failure::Refused(format!("{what} is outside its bounds; see the table of parameters")))
        }
    }
}

/// All of them, by name.
pub fn figures(parameters: &Parameters, decimals: u32) -> Record {
    parameters.bounds().into_iter().fold(Record::new(), |record, (name, value, ..)| match name {
        _ if name.ends_with("_bond") => record.tokens(name, value.unsigned_abs(), decimals),
        _ if name.ends_with("_bps") => record.percent(name, u16::try_from(value).unwrap_or(u16::MAX)),
        "k" => record.count(name, value.unsigned_abs()),
        _ => record.span(name, value),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_parameter_can_be_set_within_its_bounds_and_no_further() {
        for (name, value, least, greatest) in Parameters::DEFAULT.bounds() {
            let set = |value: i64| with(Parameters::DEFAULT, &[Setting { name: name.to_owned(), value }]);
            assert_eq!(set(value), Ok(Parameters::DEFAULT), "{name}");
            for value in [least.saturating_sub(1), greatest.saturating_add(1)] {
                assert!(set(value).unwrap_err().sentence().contains(name), "{name}");
            }
        }
        let changed =
            with(Parameters::DEFAULT, &["take_bps=600".parse().unwrap(), "grace=2h".parse().unwrap()])
                .unwrap();
        assert_eq!((changed.take_bps, changed.grace), (600, 7_200));
    }

    #[test]
    fn what_is_no_parameter_is_told() {
        assert!("take_bps".parse::<Setting>().is_err() && "grace=soon".parse::<Setting>().is_err());
        let unknown: Setting = "takes=1".parse().unwrap();
        assert!(with(Parameters::DEFAULT, &[unknown]).unwrap_err().sentence().contains("take_bps"));
        let sum: Vec<Setting> =
            ["harmed_bps=9000", "reporter_bps=501"].map(|text| text.parse().unwrap()).into();
        assert!(
            with(Parameters::DEFAULT, &sum).unwrap_err().sentence().contains("harmed_bps + reporter_bps")
        );
    }
}
