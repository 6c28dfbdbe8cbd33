//! Answers in one piece.

use std::sync::Arc;
use std::time::Instant;

use http_body_util::BodyExt;
use tokio::task::JoinSet;

use crate::Plan;
use crate::client::{Broken, Client, connect_all};
use crate::figures::{microseconds, quantile, spread};

/// What was seen of one server.
#[derive(Default)]
struct Seen {
    times: Vec<u64>,
    /// The median of each round, in microseconds.
    medians: Vec<String>,
    /// Nanoseconds all rounds took.
    took: u64,
}

/// Runs the plan. One object for each server: times in microseconds, the medians of its rounds, answers a second.
pub(crate) async fn run(plan: Plan) -> Result<Vec<String>, Broken> {
    let plan = Arc::new(plan);
    let mut clients = connect_all(&plan).await?;
    let mut seen: Vec<Seen> = plan.ports.iter().map(|_| Seen::default()).collect();
    for round in 0..=plan.rounds {
        for (clients, seen) in clients.iter_mut().zip(&mut seen) {
            let begun = Instant::now();
            let mut times = block(&plan, clients).await?;
            let took = begun.elapsed().as_nanos() as u64;
            // The first round warms up.
            if round > 0 {
                times.sort_unstable();
                seen.medians
                    .push(format!("{:.1}", microseconds(quantile(&times, 0.5))));
                seen.times.append(&mut times);
                seen.took += took;
            }
        }
    }
    Ok(seen.into_iter().map(written).collect())
}

fn written(mut seen: Seen) -> String {
    let each_second = seen.times.len() as f64 * 1e9 / seen.took.max(1) as f64;
    format!(
        r#"{{"times":{},"medians":[{}],"perSecond":{each_second:.0}}}"#,
        spread(&mut seen.times),
        seen.medians.join(",")
    )
}

/// One round: so many requests on each connection, all connections at once. Gives the time of each in nanoseconds.
async fn block(plan: &Arc<Plan>, clients: &mut Vec<Client>) -> Result<Vec<u64>, Broken> {
    let mut tasks = JoinSet::new();
    for client in clients.drain(..) {
        tasks.spawn(one_after_the_other(Arc::clone(plan), client));
    }
    let mut times = Vec::new();
    while let Some(done) = tasks.join_next().await {
        let (client, more) = done??;
        clients.push(client);
        times.extend(more);
    }
    Ok(times)
}

async fn one_after_the_other(plan: Arc<Plan>, mut client: Client) -> Result<(Client, Vec<u64>), Broken> {
    let mut times = Vec::with_capacity(plan.each);
    for _ in 0..plan.each {
        let request = client.request(&plan)?;
        let begun = Instant::now();
        let mut body = client.send(request).await?.into_body();
        while let Some(frame) = body.frame().await {
            frame?;
        }
        times.push(begun.elapsed().as_nanos() as u64);
    }
    Ok((client, times))
}
