//! Every way in which the program says no, with a code that never changes its meaning.
//!
//! Codes come in bands by theme and are never renumbered or reused; a retired code stays reserved.
//! A code is what clients see as `custom program error`; 6000 and above leaves room below for
//! Anchor's own codes.

macro_rules! errors {
    ($($(#[doc = $doc:literal])* $name:ident = $code:literal, $message:literal;)*) => {
        /// A refusal of the program.
        #[repr(u32)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum SettlementError {
            $($(#[doc = $doc])* #[doc = $message] $name = $code,)*
        }

        impl SettlementError {
            /// Every error, in order of code.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The custom error code.
            pub const fn code(self) -> u32 {
                self as u32
            }

            /// The name, as the IDL has it.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)* }
            }

            /// One sentence: what is wrong and what to do.
            pub const fn message(self) -> &'static str {
                match self { $(Self::$name => $message,)* }
            }

            /// The error with this code, if there is one.
            pub const fn from_code(code: u32) -> Option<Self> {
                match code { $($code => Some(Self::$name),)* _ => None }
            }
        }
    };
}

errors! {
    // General: 6000 to 6049.
    Arithmetic = 6000, "An amount left the range of its type; use smaller amounts.";
    Paused = 6001, "Opening and accepting jobs is paused; the pause ends by itself.";
    InvariantViolated = 6002, "The account's figures contradict each other; nothing was changed. Please report this.";
    ClockBeforeGenesis = 6003, "The cluster's clock is not positive.";

    // Accounts: 6050 to 6099.
    WrongMint = 6050, "The token account or mint is not of the mint that the account names.";
    WrongVault = 6052, "The vault is not the one that this account was opened with.";
    WrongParty = 6053, "The signer is not the party that may do this.";
    WrongProvider = 6054, "The provider account is not the job's provider.";
    WrongRentPayer = 6055, "Rent returns to the one who paid it; pass that account.";
    WrongEpoch = 6056, "The epoch or credit account is not the one of the current epoch and this provider.";
    WrongFeed = 6057, "The price account is not the pinned feed.";
    NotAssociated = 6058, "Payments go to the associated token account of the wallet; create it and pass it.";
    Undeliverable = 6059, "The associated token account is frozen or belongs to somebody else; the share waits.";
    WrongTokenProgram = 6060, "The token program is not the one that the vault and the destination belong to.";

    // Configuration: 6100 to 6149.
    NotUpgradeAuthority = 6100, "Only the program's upgrade authority may initialise it.";
    MintAuthority = 6101, "The compute mint's authority must be the program's config address.";
    FreezeAuthority = 6102, "The compute mint must have no freeze authority.";
    ParameterOutOfBounds = 6103, "A parameter is outside its bounds; see the table of parameters.";
    NotAdmin = 6104, "Only the admin may do this.";
    NotGuardian = 6105, "Only the admin or the guardian may do this.";
    NotProposedAdmin = 6106, "Only the proposed admin may accept.";
    PauseBudget = 6107, "The pauses of any 30 days would exceed their limit together.";
    NotPaused = 6108, "Nothing is paused, or the pause has not ended.";
    FeedAddress = 6109, "The feed account is not the push-feed address of this shard and feed id.";
    MintDecimals = 6110, "The compute mint must have 6 to 11 decimals.";
    PausedAlready = 6111, "A pause is running; let it end, or lift it first.";
    UnknownChange = 6112, "A change names a kind, fills in what belongs to it and leaves the rest zero.";
    EpochLengthFixed = 6113, "epoch_len is fixed at initialisation; leave it as it is.";
    NoTreasury = 6114, "The treasury needs a wallet; pass its address.";
    ChangeWaits = 6115, "The change's timelock has not passed; apply it from applies_from on.";
    ChangeExpired = 6116, "The change has expired; queue it anew.";
    ChangeSuperseded = 6117, "What this change replaces is no longer in force; read what is, and queue it anew.";
    OpensRail = 6118, "This change opens the stable rail; apply it by open_stable_rail, and no other change by it.";
    NoStableMint = 6119, "The stablecoin needs a mint; pass its address.";

    // Stake: 6150 to 6154.
    ZeroAmount = 6150, "The amount must be greater than zero.";
    InsufficientStake = 6151, "The free stake (stake less locked less unbonding) is smaller than that.";
    NothingUnbonding = 6152, "There is no unbonding ticket.";
    StillUnbonding = 6153, "The unbonding time has not passed.";
    TooManyRates = 6154, "A rate card has at most eight entries, each of another hardware class.";

    // Third parties: 6155 to 6199.
    WrongMeter = 6155, "The meter account is not the one of the order's meter key; for a session key pass the system program.";
    MeterUnbonded = 6156, "The meter's free stake is smaller than the network's meter_bond; name another meter or let it stake more.";
    NotThirdParty = 6157, "The account is neither a meter nor an arbiter.";
    ServiceLevel = 6158, "A service level needs a registered meter, at most 10,000 basis points, and a unit cap whose sum over the job fits 64 bits.";

    // Jobs: 6200 to 6249.
    WrongState = 6200, "The job is not in a state in which this can be done.";
    WrongNonce = 6201, "The nonce is not the consumer's next one.";
    Deadlines = 6202, "Deadlines must satisfy now < offer_by <= start_by < end_by <= now + 365 days.";
    ConvertBy = 6203, "convert_by must not be later than end_by + 7 days.";
    SilenceMax = 6204, "silence_max must lie between 300 seconds and 7 days.";
    BadRate = 6205, "Budget, rate, unit and unit cap must all be greater than zero.";
    ZeroEscrow = 6206, "A job needs tokens in escrow.";
    TermsChanged = 6207, "The terms' hash is not the one named; read the job again before accepting.";
    OfferExpired = 6208, "The offer can no longer be accepted in time.";
    BondTooHigh = 6209, "The bond would exceed the sender's max_bond.";
    // 6210 was retired before the first release.
    NothingDue = 6211, "Nothing that time allows is due for this job yet.";
    RotatedRecently = 6212, "The meter key was rotated less than one receipt_grace ago.";
    SameMeter = 6213, "The new meter key is the present one.";
    DuesRemain = 6214, "Parties are still due something from this job; withdraw it first.";
    UnsupportedTerms = 6215, "These terms name something that this version does not offer.";
    MeterIsParty = 6216, "The meter's key and wallet must not be those of a party to the job.";

    // Receipts: 6250 to 6299.
    NoReceipt = 6250, "The instruction at that index is not an Ed25519 verification of one self-contained signature.";
    ReceiptForm = 6251, "The signed message is not a receipt of this kind of job.";
    ReceiptDomain = 6252, "The receipt was signed for another cluster or program.";
    ReceiptJob = 6253, "The receipt was signed for another job.";
    ReceiptSigner = 6254, "The receipt's signer is not the job's meter.";
    ReceiptNotNewer = 6255, "Units and time of a receipt must both exceed the last one's.";
    ReceiptTime = 6256, "The receipt reaches past now, the job's end, its closing or the key's rotation.";
    ReceiptTooFast = 6257, "More units than the unit cap allows for the time passed.";
    ReceiptTooLate = 6258, "The receipt grace has passed.";
    ReceiptUnsecured = 6259, "Unconverted work would exceed 70% of what the escrow is worth; wait for a price, or for a top-up.";

    BatchForm = 6260, "The meter did not sign exactly these jobs, units and times as a batch.";
    BatchAccounts = 6261, "A batch needs one job account for each number of units, at least one, and behind the units the opened_at of each job that is gone.";
    BatchEmpty = 6262, "No receipt of the batch was accepted; nothing was changed.";
    BatchJobGone = 6263, "The job is gone: it had ended and was closed.";

    // Prices and converting: 6300 to 6349.
    NoPrice = 6300, "No qualifying price at the moment; nothing was converted.";
    NothingToConvert = 6301, "Nothing is outstanding, or the escrow is empty.";
    BelowMinimumPrice = 6302, "The price is below the consumer's minimum, which holds until convert_by.";

    // Failure: 6350 to 6399.
    AlreadyMarked = 6350, "The job is marked already; wait for the grace to pass.";
    NothingToMark = 6351, "No deadline of this job has been missed.";

    NoOutages = 6352, "Outages are judged only for a job with a registered meter, a service level and something to take.";
    CaseIndex = 6353, "The index is not that of the job's next case; read the job again.";
    // 6354 was retired before the first release.
    CaseTooLate = 6355, "The time to report outages of this job has passed.";
    EvidenceForm = 6356, "The evidence must be two of receipts, entries of batches, the start, the last words accepted, or a statement of absence, signed for this job.";
    GapOutside = 6357, "The gap must lie within the job and in the past.";
    GapTooShort = 6358, "The gap is shorter than the grace.";
    NoGap = 6359, "The meter counted what was promised.";
    NotBetter = 6360, "The answer must prove that the meter counted, within the gap, all that was promised in it.";
    WrongCase = 6361, "The case is not one of this job.";
    CaseState = 6362, "The case is not in a state in which this can be done.";
    CaseUnripe = 6363, "The window to answer, the grace after the mark, or the wait has not passed.";
    ReporterIsParty = 6364, "Neither the provider nor whoever stands behind the job's meter can report an outage.";
    GapJudged = 6365, "Earlier reports show already what was missed in this gap; report another or a longer one.";

    // Claims and epochs: 6400 to 6449.
    NothingToClaim = 6400, "There is nothing to claim.";
    EpochRunning = 6401, "The epoch has not ended.";
    MintExceedsBurn = 6402, "A mint would exceed what was burned; nothing was minted. Please report this.";
    CreditsRemain = 6403, "Not every credit of the epoch is claimed; claim_rebate closes them, for anyone.";

    // Dues: 6450 to 6499.
    NothingOwed = 6450, "That party is due nothing from this job.";
    UnknownParty = 6451, "The party must be one that this job has.";

    // Stable rail and buyback: 6500 to 6549.
    WrongRail = 6500, "This instruction is for jobs of the other rail.";
    StableTerms = 6501, "On the stable rail min_price and convert_by must be 0: nothing is converted.";
    NoStableRail = 6502, "The network has no stablecoin; use the token rail.";
    StableMintProgram = 6503, "The stablecoin's mint must belong to SPL Token or Token-2022.";
    StableMintForm = 6504, "The stablecoin's account is not an initialised mint.";
    StableMintDecimals = 6505, "The stablecoin must have 6 decimals.";
    StableMintExtension = 6506, "The stablecoin has an extension that is not on the list of those allowed.";
    StableMintIsCompute = 6507, "The stablecoin must not be the compute token.";
    StableMintSet = 6508, "The network has its stablecoin already; it is set once.";
    LotTooSmall = 6520, "No round is running, and the buyback vault holds too little to start one.";
    FillTooSmall = 6521, "A fill must be a tenth of the lot, or all that is left if that is less.";
    FillTooDear = 6522, "That would burn more than max_tokens, in proportion to what is left.";
    BuybackFrozen = 6523, "The stablecoin's issuer has frozen the buyback vault; the round waits.";

    // The market: 6550 to 6599.
    AuctionTimes = 6550, "An auction needs now < bid_end < offer_by <= bid_end + accept_window, and bid_end + min_lead <= start_by.";
    BiddingEnded = 6551, "Bidding for this job has ended.";
    BiddingRuns = 6552, "Bidding has not ended; from bid_end on a bid can be accepted.";
    BidRate = 6553, "A bid's rate is at least 1, at most the job's, and lower than the provider's own standing bid.";
    BestBid = 6554, "The best bid cannot be withdrawn while it can still be accepted.";
    WrongBid = 6555, "The bid is not this provider's for this job.";
    BidWithdrawn = 6556, "The bid was withdrawn; its account closes once bidding has ended.";
    BudgetFixed = 6557, "The budget that was bid for stays as it is; tokens can be added.";
    StandingOfferForm = 6558, "A standing offer is all zero, or needs each of its limits, known rails and a time that has not passed.";
    NoStandingOffer = 6559, "The provider has no standing offer, or it has expired.";
    OutsideStandingOffer = 6560, "The job's terms lie outside of the provider's standing offer.";
    StandingOfferFull = 6561, "The provider has as many jobs open as its standing offer allows.";
    ParametersChanged = 6562, "The standing offer names other parameters of the network; the provider signs it anew.";
    BondFull = 6563, "The bond would exceed what the job's terms ask for.";

    // Disputes: 6600 to 6649.
    StepsOutOfRange = 6600, "A receipt of a verifiable job commits to 2 to 1,048,576 steps.";
    NotVerifiable = 6601, "The job was not opened as verifiable: its receipts cannot be disputed.";
    PanelForm = 6602, "A panel has 1 to 7 distinct wallets in ascending order, and more than half of them decide.";
    WrongPanel = 6603, "The panel is not the one that the job's terms name.";
    NotDisputable = 6604, "No bucket that is still pending ends with this receipt; read the job again.";
    DisputedAlready = 6605, "This receipt or a later one has been disputed already.";
    DisputeOpen = 6606, "Another dispute of this job is open; wait until it is resolved.";
    WrongDispute = 6607, "The dispute is not one of this job.";
    WrongStage = 6608, "The dispute does not wait for this; read it again.";
    NotYourTurn = 6609, "It is the other side's turn.";
    WrongProof = 6610, "The proof does not lead from this step's hash to your own root.";
    NotOnPanel = 6611, "The arbiter is not on the panel that the job's terms name.";
    ArbiterIsParty = 6612, "A party to the job does not rule on it.";
    RuledAlready = 6613, "This arbiter has ruled on the dispute already.";
    ArbiterBond = 6614, "The arbiter's free stake is smaller than what it would rule on.";
    NothingToResolve = 6615, "Nothing that time allows is due for this dispute yet.";
    StepsNotMore = 6616, "A receipt of a verifiable job commits to all steps since the start, and to more of them than the last one.";
    NothingHeld = 6617, "Nothing of this arbiter's stake is locked for this dispute.";
    ArbitersHeld = 6618, "Stake of arbiters is still locked for this dispute; release_arbiter frees it, for anyone.";
}

#[cfg(feature = "anchor")]
impl From<SettlementError> for anchor_lang::Error {
    #[inline(always)]
    fn from(error: SettlementError) -> Self {
        anchor_lang::Error::Custom(error as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::SettlementError;

    #[test]
    fn codes_are_unique_ordered_and_found_again() {
        for pair in SettlementError::ALL.windows(2) {
            assert!(pair[0].code() < pair[1].code(), "{} and {}", pair[0].name(), pair[1].name());
        }
        for error in SettlementError::ALL {
            assert_eq!(SettlementError::from_code(error.code()), Some(*error));
            assert!(error.message().ends_with('.'));
        }
    }
}
