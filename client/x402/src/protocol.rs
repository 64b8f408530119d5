//! The messages of x402, version 2, as far as this binding uses them, and the headers that carry them as base64 of JSON. Those of
//! the other protocol are in [`crate::mpp`].
//!
//! Amounts are micro-dollars: receipts are priced in US dollars, whichever token the job is paid in, so that the asset is
//! the currency code `USD` and `extra.decimals` is 6.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Header of a 402: what has to be paid.
pub const PAYMENT_REQUIRED: &str = "payment-required";
/// Header of a request that pays.
pub const PAYMENT_SIGNATURE: &str = "payment-signature";
/// Header of an answer that was paid for.
pub const PAYMENT_RESPONSE: &str = "payment-response";
/// Version of the protocol.
pub const VERSION: u32 = 2;
/// Name of the scheme.
pub const SCHEME: &str = "batch-settlement";
/// Name of this binding of it, in `extra`.
pub const BINDING: &str = "tally-job/1";
/// What amounts are counted in.
pub const ASSET: &str = "USD";
/// Their decimals.
pub const DECIMALS: u32 = 6;
/// Bytes of a header that are looked at.
const MOST: usize = 8 * 1024;

/// What has to be paid before a resource is served.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PaymentRequired {
    /// [`VERSION`].
    pub x402_version: u32,
    /// Why, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What it is about.
    pub resource: Resource,
    /// The ways to pay.
    pub accepts: Vec<Requirements>,
}

/// What is paid for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Resource {
    /// Its address.
    pub url: String,
    /// What it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// A way to pay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Requirements {
    /// [`SCHEME`], in this binding.
    pub scheme: String,
    /// CAIP-2 id of the cluster.
    pub network: String,
    /// The most that the request costs, micro-dollars.
    pub amount: String,
    /// [`ASSET`], in this binding.
    pub asset: String,
    /// The provider's account.
    pub pay_to: String,
    /// Seconds within which the request is answered.
    pub max_timeout_seconds: u32,
    /// What this binding adds; empty in others, of which no more is read.
    #[serde(default)]
    pub extra: Extra,
}

/// What this binding adds to a way to pay.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Extra {
    /// [`BINDING`].
    #[serde(default)]
    pub binding: String,
    /// The settlement program.
    #[serde(default)]
    pub program: String,
    /// [`DECIMALS`].
    #[serde(default)]
    pub decimals: u32,
    /// In the answer to a request that named a job: how that job stands with this server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standing: Option<Standing>,
}

/// How a job stands with a server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Standing {
    /// The job.
    pub job: String,
    /// Authorized by the newest receipt, all together, micro-dollars.
    pub authorized: String,
    /// Charged for requests, all together, micro-dollars.
    pub charged: String,
}

/// What a request carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Payment {
    /// [`VERSION`].
    pub x402_version: u32,
    /// The way that was chosen.
    pub accepted: Requirements,
    /// The commitment.
    pub payload: Voucher,
}

/// A commitment: everything up to what this receipt attests may be taken out of the job's escrow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum Voucher {
    /// A receipt of a job.
    Receipt {
        /// Base64 of key, signature and receipt ([`tally_client::receipts::SignedReceipt::to_text`]); it names its job.
        receipt: String,
    },
}

/// What came of a payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Settled {
    /// Whether it was taken.
    pub success: bool,
    /// The commitment's identifier: the receipt's signature, base58. No transaction lands for a single request.
    pub transaction: String,
    /// CAIP-2 id of the cluster.
    pub network: String,
    /// The consumer's wallet.
    pub payer: String,
    /// Charged for this request, micro-dollars: at most what was required.
    pub amount: String,
    /// How the job stands then.
    pub extra: Standing,
}

/// Why a header is no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Too long.
    #[error("the header has more than {MOST} bytes")]
    Long,
    /// Not base64.
    #[error("the header must be base64 of JSON; this is not base64")]
    Encoding,
    /// Not this message.
    #[error(
        "the header must be base64 of JSON; this is not the JSON that x402 version 2 and this binding expect"
    )]
    Shape,
}

/// A message as a header's value.
pub fn encode<T: Serialize>(message: &T) -> String {
    // A struct of strings and numbers can be written.
    STANDARD.encode(serde_json::to_vec(message).unwrap_or_default())
}

/// Reads [`encode`].
///
/// # Errors
/// [`Malformed`].
pub fn decode<T: DeserializeOwned>(header: &[u8]) -> Result<T, Malformed> {
    if header.len() > MOST {
        return Err(Malformed::Long);
    }
    let bytes = STANDARD.decode(header).map_err(|_| Malformed::Encoding)?;
    serde_json::from_slice(&bytes).map_err(|_| Malformed::Shape)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_those_of_the_specification() {
        let way = Requirements {
            scheme: SCHEME.into(),
            network: "solana:EtWTRABZaYq6iMfeYKouRu166VU2xqa1".into(),
            amount: "2500".into(),
            asset: ASSET.into(),
            pay_to: "provider".into(),
            max_timeout_seconds: 60,
            extra: Extra { binding: BINDING.into(), program: "p".into(), decimals: DECIMALS, standing: None },
        };
        let payment = Payment {
            x402_version: VERSION,
            accepted: way,
            payload: Voucher::Receipt { receipt: "AA==".into() },
        };
        let json = serde_json::to_value(&payment).unwrap();
        assert_eq!(json["x402Version"], 2);
        assert_eq!(json["accepted"]["payTo"], "provider");
        assert_eq!(json["accepted"]["maxTimeoutSeconds"], 60);
        assert_eq!(json["payload"], serde_json::json!({ "type": "receipt", "receipt": "AA==" }));
        assert_eq!(decode::<Payment>(encode(&payment).as_bytes()), Ok(payment));
    }

    #[test]
    fn what_is_no_message_is_refused() {
        assert_eq!(decode::<Payment>(b"%%%"), Err(Malformed::Encoding));
        assert_eq!(decode::<Payment>(STANDARD.encode("{}").as_bytes()), Err(Malformed::Shape));
        assert_eq!(decode::<Payment>(&vec![b'A'; MOST + 1]), Err(Malformed::Long));
        let other = serde_json::json!({ "x402Version": 2, "payload": { "type": "deposit" } });
        assert_eq!(decode::<Payment>(encode(&other).as_bytes()), Err(Malformed::Shape));
    }

    #[test]
    fn other_ways_to_pay_can_be_read_beside_this_one() {
        let other = serde_json::json!({
            "scheme": "exact", "network": "eip155:1", "amount": "1", "asset": "0x0", "payTo": "0x1",
            "maxTimeoutSeconds": 1, "extra": { "name": "USDC", "version": "2" },
        });
        assert_eq!(serde_json::from_value::<Requirements>(other).unwrap().extra, Extra::default());
    }
}
