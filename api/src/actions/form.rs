//! What a wallet shows before a transaction is asked for.

use super::action::{Action, FOLDER};
use super::spec::{ActionDescription, ActionLink, ActionLinks, ActionParameter};

/// One way of filling an Action in: its button, and what is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Form {
    /// Text of its button.
    pub label: &'static str,
    /// What is asked for, in order.
    pub inputs: &'static [Input],
}

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Input {
    /// Name of the parameter.
    pub name: &'static str,
    /// Text beside it.
    pub label: &'static str,
    /// What it must look like.
    pub looks: Looks,
}

/// What an input must look like.
#[derive(Clone, Copy, Debug)]
pub enum Looks {
    /// A number.
    Decimal,
    /// An address.
    Address,
    /// Anything that is not empty.
    Text,
}

/// A number.
pub const fn decimal(name: &'static str, label: &'static str) -> Input {
    Input { name, label, looks: Looks::Decimal }
}

/// An address.
pub const fn address(name: &'static str, label: &'static str) -> Input {
    Input { name, label, looks: Looks::Address }
}

/// Any text.
pub const fn text(name: &'static str, label: &'static str) -> Input {
    Input { name, label, looks: Looks::Text }
}

/// The form of an Action of which some parameters are given already.
pub fn describe<A: Action>(public_url: &str, given: &[(String, String)]) -> ActionDescription {
    let is_given = |input: &&Input| given.iter().any(|(name, _)| name == input.name);
    let asks = |form: &Form| -> Vec<Input> {
        form.inputs.iter().filter(|input| !is_given(input)).copied().collect()
    };
    let all: Vec<_> = A::FORMS.iter().map(|form| (form, asks(form))).collect();
    // Whoever has chosen a way is not asked about the others.
    let chosen = all.iter().any(|(_, asked)| asked.is_empty());
    let offered = all.into_iter().filter(|(_, asked)| !chosen || asked.is_empty());
    let actions = offered.map(|(form, asked)| link::<A>(form, &asked, given)).collect();
    ActionDescription {
        kind: "action",
        icon: format!("{public_url}/icon.svg"),
        title: A::TITLE,
        description: A::ABOUT,
        label: format!("Tally: {}", A::TITLE),
        links: ActionLinks { actions },
    }
}

fn link<A: Action>(form: &Form, asked: &[Input], given: &[(String, String)]) -> ActionLink {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(given);
    let given = query.finish();
    let places = asked.iter().map(|Input { name, .. }| format!("{name}={{{name}}}"));
    let query: Vec<_> = Some(given).filter(|given| !given.is_empty()).into_iter().chain(places).collect();
    let mark = if query.is_empty() { "" } else { "?" };
    ActionLink {
        kind: "transaction",
        href: format!("{FOLDER}{}{mark}{}", A::NAME, query.join("&")),
        label: form.label,
        parameters: asked.iter().map(parameter).collect(),
    }
}

fn parameter(input: &Input) -> ActionParameter {
    let (pattern, description) = match input.looks {
        Looks::Decimal => (r"^[0-9]+(\.[0-9]+)?$", "A number such as 12.5"),
        Looks::Address => ("^[1-9A-HJ-NP-Za-km-z]{32,44}$", "A Solana address"),
        Looks::Text => ("^.+$", "Not empty"),
    };
    ActionParameter {
        kind: "text",
        name: input.name,
        label: input.label,
        required: true,
        pattern: Some(pattern),
        pattern_description: Some(description),
    }
}
