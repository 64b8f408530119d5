//! How values are written that JSON has no form for.

/// Bytes as base64.
pub mod bytes {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};
    use std::borrow::Cow;

    /// Writes them.
    pub fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(bytes))
    }

    /// Reads them.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        STANDARD.decode(&*text).map_err(|_| D::Error::custom("data is not base64"))
    }
}

/// An address as base58.
pub mod address {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};
    use settlement_interface::Address;
    use std::borrow::Cow;

    /// Writes it.
    pub fn serialize<S: Serializer>(address: &Address, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(address)
    }

    /// Reads it.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Address, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(|_| D::Error::custom(format!("{text} is not an address")))
    }
}

/// Addresses as a list of base58.
pub mod addresses {
    use serde::ser::SerializeSeq;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};
    use settlement_interface::Address;

    /// Writes them.
    pub fn serialize<S: Serializer>(addresses: &[Address], serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(addresses.len()))?;
        for address in addresses {
            list.serialize_element(&address.to_string())?;
        }
        list.end()
    }

    /// Reads them.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Address>, D::Error> {
        let texts = Vec::<String>::deserialize(deserializer)?;
        let parse =
            |text: &String| text.parse().map_err(|_| D::Error::custom(format!("{text} is not an address")));
        texts.iter().map(parse).collect()
    }
}
