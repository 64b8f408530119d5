//! The IDL that strangers' clients read, against what `settlement-interface` builds and decodes.

use bytemuck::Zeroable;
use serde_json::Value;
use settlement_interface::accounts::{
    Arbiter, Bid, Buyback, Case, Config, ConfigChange, Consumer, Credit, Dispute, Epoch, Job, Layout, Meter,
    Price, Provider, RATES, RateEntry, StandingOffer, Totals,
};
use settlement_interface::change::Change;
use settlement_interface::events::{self, EventLayout};
use settlement_interface::instructions::{Evidence, JobKeys, Listed, Network, StableNetwork};
use settlement_interface::panel::Panel;
use settlement_interface::parameters::{Genesis, Parameters};
use settlement_interface::terms::Order;
use settlement_interface::wire::discriminator;
use settlement_interface::{Address, ID, SettlementError, pda};
use solana_instruction::Instruction;
use std::path::Path;

fn idl() -> Value {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/idl/settlement.json");
    let text = std::fs::read_to_string(&file)
        .unwrap_or_else(|_| panic!("{} is not there; build it by: scripts/build-idl", file.display()));
    serde_json::from_str(&text).expect("the IDL is JSON")
}

#[test]
fn the_idl_that_is_published_is_made_from_this_source() {
    let published = include_str!("../../../programs/idl/settlement.json");
    let published: Value = serde_json::from_str(published).expect("the published IDL is JSON");
    assert_eq!(
        published,
        idl(),
        "the program's interface changed; if that is meant, announce it and run: cp target/idl/settlement.json programs/idl/"
    );
}

/// The entries of a list of the IDL.
fn list<'a>(idl: &'a Value, name: &str) -> &'a [Value] {
    idl[name].as_array().unwrap_or_else(|| panic!("the IDL has no {name}"))
}

fn name(entry: &Value) -> &str {
    entry["name"].as_str().expect("a name")
}

fn bytes_of(entry: &Value) -> Vec<u8> {
    let bytes = entry["discriminator"].as_array().expect("a discriminator");
    bytes.iter().map(|byte| u8::try_from(byte.as_u64().unwrap()).unwrap()).collect()
}

/// Bytes of a type of the IDL.
fn size(idl: &Value, kind: &Value) -> usize {
    if let Some(primitive) = kind.as_str() {
        return match primitive {
            "u8" | "i8" | "bool" => 1,
            "u16" | "i16" => 2,
            "u32" | "i32" => 4,
            "u64" | "i64" => 8,
            "u128" | "i128" => 16,
            "pubkey" => 32,
            other => panic!("a type that this test does not know: {other}"),
        };
    }
    if let Some([element, length]) = kind["array"].as_array().map(Vec::as_slice) {
        return size(idl, element) * usize::try_from(length.as_u64().unwrap()).unwrap();
    }
    if kind["vec"].is_object() || kind["vec"].is_string() {
        return 4; // the count of an empty list
    }
    let defined = kind["defined"]["name"].as_str().unwrap_or_else(|| panic!("{kind}"));
    struct_size(idl, defined)
}

fn struct_size(idl: &Value, wanted: &str) -> usize {
    let found = list(idl, "types").iter().find(|entry| name(entry) == wanted);
    let entry = found.unwrap_or_else(|| panic!("the IDL does not define {wanted}"));
    let fields = entry["type"]["fields"].as_array().expect("a struct");
    fields.iter().map(|field| size(idl, &field["type"])).sum()
}

/// A key that stands for a role.
fn key(role: &str) -> Address {
    let mut bytes = [b'_'; 32];
    bytes[..role.len()].copy_from_slice(role.as_bytes());
    Address::new_from_array(bytes)
}

/// The address that the account of this name has in this instruction as built below.
fn expected(instruction: &str, account: &str) -> Address {
    let wallet = if instruction == "open_job" { key("wallet") } else { key("consumer") };
    let own =
        ["register_provider", "update_provider", "accept_offer", "start_job", "settle", "settle_stable"];
    let market = ["place_bid", "set_standing_offer", "top_up_bond", "request_unstake"];
    let own = own.contains(&instruction) || market.contains(&instruction);
    let job = if instruction == "open_job" { pda::job(&wallet, 7) } else { key("job") };
    match account {
        "config" => pda::config(),
        "price" => pda::price(),
        "totals" => pda::totals(),
        "stake_vault" => pda::stake_vault(),
        "buyback" => pda::buyback(),
        "buyback_vault" => pda::buyback_vault(),
        "stable_mint" if instruction == "open_stable_rail" => key("stable"),
        "stable_mint" => pda::SYSTEM_PROGRAM,
        "stable_program" if instruction == "initialize" => pda::TOKEN_PROGRAM,
        "token_program" => pda::TOKEN_PROGRAM,
        "system_program" => pda::SYSTEM_PROGRAM,
        "instructions" => pda::INSTRUCTIONS_SYSVAR,
        "event_authority" => pda::event_authority(),
        "program" => ID,
        "program_data" => pda::program_data(),
        "job" => job,
        "vault" => pda::vault(&job),
        "consumer" => pda::consumer(&key("wallet")),
        "provider" if own || ["claim", "claim_rebate", "withdraw_stake"].contains(&instruction) => {
            pda::provider(&key("authority"))
        }
        "bid" if instruction == "place_bid" => pda::bid(&job, &pda::provider(&key("authority"))),
        "bid" => pda::bid(&job, &key("provider")),
        "meter" if instruction == "open_job" => pda::SYSTEM_PROGRAM,
        "meter" if instruction == "register_meter" => pda::meter(&key("key")),
        "meter" => pda::meter(&key("meter")),
        "arbiter" => pda::arbiter(&key("wallet")),
        "case" => pda::case(&key("job"), 3),
        "dispute" if instruction == "open_dispute" => pda::dispute(&job, 7),
        "epoch" => pda::epoch(3),
        "change" => pda::change(5),
        "credit" if instruction == "convert" => pda::credit(3, &key("provider")),
        "credit" => pda::credit(3, &pda::provider(&key("authority"))),
        "destination" if ["withdraw", "reclaim_job", "withdraw_dispute"].contains(&instruction) => {
            pda::associated_token(&key("wallet"), &key("mint"))
        }
        "destination" if instruction == "buyback" => key("destination"),
        "destination" => pda::associated_token(&key("authority"), &key("mint")),
        role => key(role),
    }
}

/// Every instruction, built with keys named after their roles.
pub fn built() -> Vec<(&'static str, Instruction)> {
    let n = Network { mint: key("mint"), feed: key("feed") };
    let keys = JobKeys { job: key("job"), provider: key("provider") };
    let stable = StableNetwork { network: n, mint: key("stable"), token_program: key("stable_program") };
    let [payer, wallet, authority, source] = ["payer", "wallet", "authority", "source"].map(key);
    let rates = [RateEntry::default(); RATES];
    let genesis = Genesis {
        parameters: Parameters::DEFAULT,
        guardian: key("g"),
        treasury: key("t"),
        cluster: [0; 32],
        feed_id: [0; 32],
        feed_shard: 0,
    };
    let order = Order::zeroed();
    vec![
        ("initialize", n.initialize(&authority, &payer, &genesis)),
        ("propose_admin", n.propose_admin(&key("admin"), &wallet)),
        ("accept_admin", n.accept_admin(&key("proposed"))),
        ("pause", n.pause(&key("by"), 1)),
        ("unpause", n.unpause(&key("admin"))),
        ("resume", n.resume()),
        ("queue_change", n.queue_change(&key("admin"), &payer, 5, &Change::guardian(wallet))),
        ("apply_change", n.apply_change(&key("admin"), 5, &key("rent_payer"))),
        ("open_stable_rail", stable.open_rail(&key("admin"), &payer, 5, &key("rent_payer"))),
        ("cancel_change", n.cancel_change(&key("by"), 5, &key("rent_payer"))),
        ("register_consumer", n.register_consumer(&payer, &wallet)),
        ("register_provider", n.register_provider(&payer, &authority, &[0; 32], &rates)),
        ("update_provider", n.update_provider(&authority, &[0; 32], &rates)),
        ("stake", n.stake(&key("owner"), &source, &keys.provider, 1)),
        ("request_unstake", n.request_unstake(&authority, 1)),
        ("withdraw_stake", n.withdraw_stake(&authority)),
        ("open_job", n.open_job(&payer, &wallet, &source, &keys.provider, 7, &order, 1)),
        ("top_up", n.top_up(&wallet, &source, &keys.job, 1, 1)),
        ("accept_offer", n.accept_offer(&authority, &keys.job, &[0; 32], 1)),
        ("place_bid", n.place_bid(&payer, &authority, &keys.job, &[0; 32], 1, 1)),
        ("withdraw_bid", n.withdraw_bid(&key("by"), &keys.job, &keys.provider, &key("rent_payer"))),
        ("accept_bid", n.accept_bid(&key("by"), &keys.job, &keys.provider, &key("rent_payer"))),
        ("set_standing_offer", n.set_standing_offer(&authority, &StandingOffer::NONE)),
        ("accept_standing_offer", n.accept_standing_offer(&keys.job, &keys.provider)),
        ("top_up_bond", n.top_up_bond(&authority, &keys.job, 1)),
        ("start_job", n.start_job(&authority, &keys.job)),
        ("rotate_meter", n.rotate_meter(&wallet, &keys, &payer)),
        ("cancel_job", n.cancel_job(&wallet, &keys)),
        ("close_job", n.close_job(&key("party"), &keys)),
        ("mark", n.mark(&key("by"), &keys)),
        ("advance_job", n.advance_job(&keys)),
        ("withdraw", n.withdraw(&keys, 0, &wallet)),
        ("reclaim_job", n.reclaim_job(&keys.job, &wallet, &key("rent_payer"))),
        ("settle", n.settle(&authority, &keys.job, 3, 0)),
        ("convert", n.convert(&payer, &keys, 3)),
        ("observe", n.observe()),
        ("settle_stable", stable.settle(&authority, &keys.job, 0)),
        ("convert_stable", stable.convert(&keys.job)),
        ("tick_buyback", stable.tick_buyback()),
        ("buyback", stable.buyback(&key("buyer"), &source, &key("destination"), 1, 1)),
        ("register_meter", n.register_meter(&payer, &key("key"), &authority)),
        ("register_arbiter", n.register_arbiter(&payer, &wallet)),
        ("vouch", n.vouch(&key("owner"), &source, &key("third_party"), 1)),
        ("request_unvouch", n.request_unvouch(&wallet, &key("third_party"), 1)),
        ("withdraw_vouched", n.withdraw_vouched(&authority, &key("third_party"))),
        (
            "open_case",
            n.open_case(&payer, &key("reporter"), &source, &keys, 3, &key("meter"), Evidence::Absence(0), 1),
        ),
        ("answer_case", n.answer_case(&keys, 3, &key("meter"), &key("rent_payer"), 0, 1, [Listed::NONE; 2])),
        ("resolve_case", n.resolve_case(&keys, 3, &key("meter"))),
        ("withdraw_case", n.withdraw_case(&keys.job, 3, &authority, &key("rent_payer"))),
        ("accept_batch", n.accept_batch(&[], 1, 0)),
        ("claim", n.claim(&authority)),
        ("claim_rebate", n.claim_rebate(&authority, 3, &key("rent_payer"))),
        ("close_epoch", n.close_epoch(3, &key("rent_payer"))),
        (
            "open_dispute",
            n.open_dispute(&payer, &wallet, &source, &keys, 7, 1, &[0; 32], &Panel::default(), 1),
        ),
        ("reveal", n.reveal(&key("party"), &key("dispute"), &[0; 32], &[[0; 32]; 20])),
        ("rule", n.rule(&wallet, &key("dispute"), true)),
        ("resolve_dispute", n.resolve_dispute(&keys, &key("dispute"))),
        ("release_arbiter", n.release_arbiter(&key("dispute"), &wallet)),
        ("withdraw_dispute", n.withdraw_dispute(&key("dispute"), 0, &wallet)),
        ("close_dispute", n.close_dispute(&key("dispute"), &key("rent_payer"))),
    ]
}

#[test]
fn every_instruction_of_the_idl_is_built_with_its_accounts_in_order() {
    let idl = idl();
    assert_eq!(idl["address"].as_str(), Some(ID.to_string().as_str()));
    let built = built();
    let mut names: Vec<&str> = built.iter().map(|(name, _)| *name).collect();
    let mut listed: Vec<&str> = list(&idl, "instructions").iter().map(name).collect();
    names.sort_unstable();
    listed.sort_unstable();
    assert_eq!(names, listed);

    for (instruction, built) in built {
        let entry = list(&idl, "instructions").iter().find(|entry| name(entry) == instruction).unwrap();
        assert_eq!(built.program_id, ID, "{instruction}");
        assert_eq!(built.data[..8], bytes_of(entry), "{instruction}");
        assert_eq!(discriminator(instruction).as_slice(), bytes_of(entry), "{instruction}");
        let arguments: usize =
            entry["args"].as_array().unwrap().iter().map(|arg| size(&idl, &arg["type"])).sum();
        assert_eq!(built.data.len(), 8 + arguments, "{instruction}: bytes of arguments");
        let accounts = entry["accounts"].as_array().unwrap();
        assert_eq!(built.accounts.len(), accounts.len(), "{instruction}: accounts");
        for (meta, account) in built.accounts.iter().zip(accounts) {
            let (role, flag) = (name(account), |flag: &str| account[flag].as_bool().unwrap_or(false));
            assert_eq!(meta.pubkey, expected(instruction, role), "{instruction}: {role}");
            assert_eq!(meta.is_signer, flag("signer"), "{instruction}: {role} signs");
            assert_eq!(meta.is_writable, flag("writable"), "{instruction}: {role} is written");
        }
    }
}

#[test]
fn every_account_of_the_idl_has_the_discriminator_and_size_of_its_layout() {
    fn check<T: Layout>(idl: &Value, found: &mut Vec<&'static str>) {
        let entry = list(idl, "accounts").iter().find(|entry| name(entry) == T::NAME);
        let entry = entry.unwrap_or_else(|| panic!("the IDL has no account {}", T::NAME));
        assert_eq!(bytes_of(entry), T::DISCRIMINATOR, "{}", T::NAME);
        assert_eq!(struct_size(idl, T::NAME), size_of::<T>(), "{}", T::NAME);
        found.push(T::NAME);
    }
    let (idl, mut found) = (idl(), Vec::new());
    check::<Config>(&idl, &mut found);
    check::<Price>(&idl, &mut found);
    check::<Totals>(&idl, &mut found);
    check::<Consumer>(&idl, &mut found);
    check::<Provider>(&idl, &mut found);
    check::<Meter>(&idl, &mut found);
    check::<Arbiter>(&idl, &mut found);
    check::<Job>(&idl, &mut found);
    check::<Bid>(&idl, &mut found);
    check::<Case>(&idl, &mut found);
    check::<Epoch>(&idl, &mut found);
    check::<Credit>(&idl, &mut found);
    check::<ConfigChange>(&idl, &mut found);
    check::<Buyback>(&idl, &mut found);
    check::<Dispute>(&idl, &mut found);
    assert_eq!(list(&idl, "accounts").len(), found.len());
}

#[test]
fn every_event_of_the_idl_has_the_discriminator_and_size_of_its_layout() {
    let idl = idl();
    let mut found = 0;
    macro_rules! check {
        ($($event:ident)*) => {$({
            type T = events::$event;
            let entry = list(&idl, "events").iter().find(|entry| name(entry) == <T as EventLayout>::NAME);
            let entry = entry.unwrap_or_else(|| panic!("the IDL has no event {}", stringify!($event)));
            assert_eq!(bytes_of(entry), <T as EventLayout>::DISCRIMINATOR, stringify!($event));
            assert_eq!(struct_size(&idl, stringify!($event)), size_of::<T>(), stringify!($event));
            found += 1;
        })*};
    }
    check!(Initialized AdminProposed AdminAccepted Paused Unpaused Resumed ChangeQueued
        ChangeApplied ChangeCancelled PriceObserved
        ConsumerRegistered ProviderRegistered ProviderUpdated StandingOfferSet Staked UnstakeRequested StakeWithdrawn
        JobOpened JobToppedUp BidPlaced BidWithdrawn JobAccepted BondToppedUp JobStarted MeterRotated ReceiptAccepted Converted JobMarked
        JobCancelled JobFailed JobClosing JobSettling JobClosed DueWithdrawn JobReclaimed Claimed
        RebateClaimed EpochClosed StableOpened StableSettled BuybackTicked BuybackFilled
        MeterRegistered ArbiterRegistered StakeVouched UnvouchRequested VouchedWithdrawn
        JobHeld ServiceCredited CaseOpened CaseMarked CaseAnswered PenaltyDelayed CaseUpheld CaseWithdrawn
        PendingMoved DisputeOpened StepRevealed TurnMarked Ruled ArbiterReleased DisputeResolved DisputeWithdrawn
        DisputeClosed);
    // The one event whose length varies.
    let batch = list(&idl, "events").iter().find(|entry| name(entry) == "BatchAccepted").expect("a batch");
    assert_eq!(bytes_of(batch), events::BATCH_DISCRIMINATOR);
    found += 1;
    assert_eq!(list(&idl, "events").len(), found);
}

#[test]
fn every_error_of_the_idl_has_its_code_name_and_message() {
    let idl = idl();
    let listed: Vec<(u64, &str, &str)> = list(&idl, "errors")
        .iter()
        .map(|entry| (entry["code"].as_u64().unwrap(), name(entry), entry["msg"].as_str().unwrap()))
        .collect();
    let own: Vec<(u64, &str, &str)> =
        SettlementError::ALL.iter().map(|e| (u64::from(e.code()), e.name(), e.message())).collect();
    assert_eq!(listed, own);
}
