//! Arbiter panels: how many equal votes decide, and the arbiters' wallets.

use serde::{Serialize, Serializer};
use std::str::FromStr;
use tally_client::interface::Address;
use tally_client::interface::panel::Panel;

/// `K:WALLET,WALLET,...`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PanelText(pub Panel);

impl FromStr for PanelText {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "\"{text}\" is no panel; write how many equal votes decide, more than half, and one to seven \
                 arbiters' wallets, such as 2:WALLET,WALLET,WALLET"
            )
        };
        let (k, wallets) = text.split_once(':').ok_or_else(wrong)?;
        let wallets: Result<Vec<Address>, _> = wallets.split(',').map(str::parse).collect();
        let panel = Panel::of(k.parse().map_err(|_| wrong())?, &wallets.map_err(|_| wrong())?);
        panel.map(Self).ok_or_else(wrong)
    }
}

impl Serialize for PanelText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let wallets: Vec<_> = self.0.wallets().iter().map(Address::to_string).collect();
        serializer.collect_str(&format_args!("{}:{}", self.0.k, wallets.join(",")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panel_is_read_in_any_order_and_what_is_none_is_refused() {
        let [a, b, c] = [3, 1, 2].map(|n: u8| Address::new_from_array([n; 32]));
        let panel: PanelText = format!("2:{a},{b},{c}").parse().unwrap();
        assert_eq!(panel.0, Panel::of(2, &[b, c, a]).unwrap());
        let name = serde_json::to_value(panel).unwrap();
        assert_eq!(name.as_str().unwrap().parse(), Ok(panel));
        for bad in ["", "2", "2:", "x:1", &format!("1:{a},{b}"), &format!("2:{a},{a}"), &format!("3:{a},{b}")]
        {
            assert!(bad.parse::<PanelText>().unwrap_err().contains("2:WALLET"), "{bad}");
        }
    }
}
