//! The documentation of an Action's path, out of its parameters and its own words.

use super::action::{Action, FOLDER, Fees};
use utoipa::IntoParams;
use utoipa::openapi::path::{HttpMethod, OperationBuilder, Parameter, ParameterIn, Paths};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::{Content, Ref, Required, ResponseBuilder};

/// What every transaction is.
const PREPARED: &str = "Unsigned, simulated, and held against `moves`: the answer is a transaction only if the \
    simulation takes no more out of the wallet posted than `moves` says. That wallet pays the fee, and alone has to \
    sign. The same path is a Solana Pay transaction request.";

/// Names of parameters, in order.
pub fn names<T: IntoParams>() -> Vec<String> {
    parameters::<T>().into_iter().map(|parameter| parameter.name).collect()
}

fn parameters<T: IntoParams>() -> Vec<Parameter> {
    T::into_params(|| Some(ParameterIn::Query))
}

/// The two operations of an Action's path.
pub fn paths<A: Action>() -> Paths {
    let path = format!("{FOLDER}{}", A::NAME);
    let id = A::NAME.replace('-', "_");
    let all = || parameters::<A>().into_iter().chain(parameters::<Fees>());
    let described = all().map(|mut parameter| {
        parameter.required = Required::False;
        parameter
    });
    let describe = operation("ActionDescription")
        .summary(Some(format!("{}: what it is", A::TITLE)))
        .description(Some(
            "For a wallet's form: what is given stays as it is, what is missing is asked for. Also the first \
             answer of a Solana Pay transaction request.",
        ))
        .operation_id(Some(format!("describe_{id}")))
        .parameters(Some(described))
        .build();
    let account = Content::new(Some(Ref::from_schema_name("ActionRequest")));
    let body = RequestBodyBuilder::new().content("application/json", account).required(Some(Required::True));
    let prepare = operation("ActionTransaction")
        .summary(Some(format!("{}: a transaction", A::TITLE)))
        .description(Some(format!("{}\n\n{PREPARED}", A::ABOUT)))
        .operation_id(Some(format!("prepare_{id}")))
        .parameters(Some(all()))
        .request_body(Some(body.build()))
        .build();
    let mut paths = Paths::new();
    paths.add_path_operation(&path, vec![HttpMethod::Get], describe);
    paths.add_path_operation(&path, vec![HttpMethod::Post], prepare);
    paths
}

/// An operation that answers with a schema, or with a problem.
fn operation(schema: &str) -> OperationBuilder {
    let answer = Content::new(Some(Ref::from_schema_name(schema)));
    let answer = ResponseBuilder::new().description("The answer").content("application/json", answer);
    OperationBuilder::new()
        .tag("wallets")
        .response("200", answer.build())
        .response("default", Ref::from_response_name("AnyProblem"))
}
