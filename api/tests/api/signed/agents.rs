//! An agent that opens jobs within a budget: what it is handed is signed and sent on the compiled program, and nothing
//! leaves the wallet beyond what was stated.

use super::desk::Desk;
use crate::support::agent::Agent;
use serde_json::{Value, json};
use settlement_interface::Address;
use settlement_interface::accounts::{Job, JobState};
use settlement_interface::pda;
use solana_keypair::Keypair;
use solana_signer::Signer;
use tests::{Actors, DOLLARS, PROGRAMS, World};

struct Scene {
    desk: Desk,
    agent: Agent,
    consumer: Keypair,
    provider: Keypair,
}

impl Scene {
    /// A token costs two dollars, and the wallet has a thousand.
    async fn new() -> Self {
        let mut world = World::new();
        let actors = Actors::new(&mut world);
        let consumer = world.holder(1_000_000_000_000);
        Self::of(world, &actors, consumer).await
    }

    /// The same with a stablecoin of a token program, of which the wallet has some.
    async fn stable(program: Address) -> Self {
        let mut world = World::stable(program);
        let actors = Actors::new(&mut world);
        let consumer = actors.consumer.insecure_clone();
        world.dollars_of(&consumer.pubkey(), 2 * DOLLARS);
        Self::of(world, &actors, consumer).await
    }

    async fn of(world: World, actors: &Actors, consumer: Keypair) -> Self {
        let desk = Desk::new(world).await;
        let agent = Agent::at(&desk.listen().await).await;
        Self { desk, agent, consumer, provider: actors.provider.insecure_clone() }
    }

    /// Arguments for a job of this budget, and more.
    fn job(&self, budget: &str, more: Value) -> Value {
        let mut arguments = json!({
            "wallet": self.consumer.pubkey().to_string(), "provider": self.provider.pubkey().to_string(),
            "budget_usd": budget, "rate_usd": "2.5", "hardware": 1,
        });
        for (name, value) in more.as_object().unwrap() {
            arguments[name] = value.clone();
        }
        arguments
    }

    async fn refused(&self, budget: &str, more: Value) -> String {
        self.agent.refused("build_escrow", self.job(budget, more), "spending-limit").await
    }

    /// Tokens of the wallet, base units.
    fn held(&self) -> u64 {
        let world = self.desk.world();
        let purse = world.associated(&self.consumer.pubkey());
        world.tokens(&purse)
    }
}

#[tokio::test]
async fn a_job_is_opened_within_the_budget_and_takes_what_was_said() {
    let scene = Scene::new().await;
    let before = scene.held();
    let answer = scene.agent.ask("build_escrow", scene.job("25", json!({}))).await;
    assert_eq!(answer["commitment"], "confirmed");
    let data = &answer["data"];
    assert_eq!(answer["slot"], data["simulation"]["slot"]);
    assert_eq!(data["work"]["usd"], "20", "a quarter more than the work is the budget");
    let spending = &data["spending"];
    assert_eq!((&spending["budget"]["usd"], &spending["worth"]["usd"]), (&json!("25"), &json!("25")));
    assert_eq!((&spending["tokens"]["decimal"], &spending["price"]), (&json!("12.5"), &json!("2")));
    scene.desk.land(&scene.consumer, "build_escrow", data);
    assert_eq!(before - scene.held(), 12_500_000_000);
    let job: Address = data["job"].as_str().unwrap().parse().unwrap();
    assert_eq!(job, pda::job(&scene.consumer.pubkey(), 0));
    let found: Job = scene.desk.world().read(&job);
    assert_eq!((found.state(), found.escrow), (Some(JobState::Offered), 12_500_000_000));
    assert_eq!((found.terms.order.budget, found.terms.order.rate), (20_000_000, 2_500_000));

    // The second job needs no registration, and one with terms of its own is opened likewise.
    let more = json!({ "work_usd": "4", "tokens": "3", "gpus": 2, "max_tokens": "3", "hours": 5 });
    let answer = scene.agent.ask("build_escrow", scene.job("6", more)).await;
    scene.desk.land(&scene.consumer, "build_escrow", &answer["data"]);
    let found: Job = scene.desk.world().read(&pda::job(&scene.consumer.pubkey(), 1));
    assert_eq!(
        (found.escrow, found.terms.order.budget, found.terms.order.unit_cap),
        (3_000_000_000, 4_000_000, 2_000)
    );
}

#[tokio::test]
async fn what_would_take_more_than_the_budget_is_refused_with_both_figures_and_never_simulated() {
    let scene = Scene::new().await;
    let told = scene.refused("25", json!({ "work_usd": "25" })).await;
    assert!(told.contains("takes 31.25 USD") && told.contains("15.625 tokens"), "{told}");
    assert!(told.contains("stated budget is 25 USD"), "{told}");
    // What the parameters say does not matter: what moves does.
    let told = scene.refused("25", json!({ "work_usd": "1", "tokens": "12.5000005" })).await;
    assert!(told.contains("stated budget is 25 USD"), "{told}");
    let told = scene.refused("25", json!({ "work_usd": "1", "tokens": "900" })).await;
    assert!(told.contains("takes 1800 USD"), "{told}");
    let told = scene.refused("25", json!({ "max_tokens": "12.4" })).await;
    assert!(told.contains("12.5 tokens") && told.contains("max_tokens is 12.4"), "{told}");
    let told = scene.refused("25", json!({ "max_sol": "0.001" })).await;
    assert!(told.contains("of rent and fees") && told.contains("max_sol is 0.001 SOL"), "{told}");
    assert!(scene.desk.world().get::<Job>(&pda::job(&scene.consumer.pubkey(), 0)).is_none());
}

#[tokio::test]
async fn the_limit_on_sol_is_met_exactly_by_rent_and_fee() {
    let scene = Scene::new().await;
    let answer = scene.agent.ask("build_escrow", scene.job("25", json!({}))).await;
    let sol = answer["data"]["spending"]["sol"]["sol"].as_str().unwrap().to_owned();
    let lamports: u64 = answer["data"]["spending"]["sol"]["lamports"].as_str().unwrap().parse().unwrap();
    let exact = scene.agent.ask("build_escrow", scene.job("25", json!({ "max_sol": sol }))).await;
    scene.desk.land(&scene.consumer, "build_escrow", &exact["data"]);
    let less = tally_client::amounts::decimal(lamports - 1, 9);
    let other = Scene::new().await;
    other.refused("25", json!({ "max_sol": less })).await;
}

#[tokio::test]
async fn dollars_count_at_their_face_on_the_stable_rail() {
    for program in PROGRAMS {
        let scene = Scene::stable(program).await;
        let stable = |more: Value| {
            let mut all = json!({ "rail": "stable" });
            all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            all
        };
        let answer = scene.agent.ask("build_escrow", scene.job("25", stable(json!({})))).await;
        let spending = &answer["data"]["spending"];
        assert_eq!((&spending["worth"]["usd"], &spending["price"]), (&json!("25"), &Value::Null));
        assert_eq!(answer["data"]["work"]["usd"], "25", "no margin is needed where no price can fall");
        scene.desk.land(&scene.consumer, "build_escrow", &answer["data"]);
        let told = scene.refused("25", stable(json!({ "work_usd": "25", "tokens": "25.000001" }))).await;
        assert!(told.contains("takes 25.000001 USD") && told.contains("stated budget is 25 USD"), "{told}");
    }
}

#[tokio::test]
async fn a_standing_offer_takes_the_job_at_once() {
    let scene = Scene::new().await;
    scene.desk.act(&scene.provider, "set-standing-offer?rate=2&hardware=1&max_budget=30&max_bond=5").await;
    let answer = scene.agent.ask("build_escrow", scene.job("25", json!({ "standing": true }))).await;
    scene.desk.land(&scene.consumer, "build_escrow", &answer["data"]);
    let found: Job = scene.desk.world().read(&pda::job(&scene.consumer.pubkey(), 0));
    assert_eq!(found.state(), Some(JobState::Assigned));
}

#[tokio::test]
async fn what_the_program_would_refuse_is_refused_in_its_words() {
    let scene = Scene::new().await;
    let told = scene.agent.refused("build_escrow", scene.job("5000", json!({})), "refused").await;
    assert!(told.contains("holds 1000 tokens"), "{told}");
    let nobody = json!({ "provider": Address::new_from_array([9; 32]).to_string() });
    let told = scene.agent.refused("build_escrow", scene.job("25", nobody), "refused").await;
    assert!(told.contains("No provider is registered"), "{told}");
    let told = scene.agent.refused("build_escrow", scene.job("0", json!({})), "invalid-parameter").await;
    assert!(told.contains("nothing is left of it for work"), "{told}");
}
