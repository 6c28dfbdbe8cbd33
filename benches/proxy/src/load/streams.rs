//! Paced streams.
//!
//! Frames are numbered: one that is missing is lost, one that comes after a later one is reordered, and one that
//! shares a piece with the one before it was merged.

use std::sync::Arc;
use std::time::Instant;

use headroom_proxy_bench::{Pace, marks, now};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::Plan;
use crate::client::{Broken, Client, connect_all};
use crate::figures::spread;

/// What was seen of one server, times in nanoseconds.
#[derive(Default)]
struct Seen {
    firsts: Vec<u64>,
    delays: Vec<u64>,
    lost: u32,
    merged: u32,
    reordered: u32,
}

impl Seen {
    fn add(&mut self, mut other: Self) {
        self.firsts.append(&mut other.firsts);
        self.delays.append(&mut other.delays);
        self.lost += other.lost;
        self.merged += other.merged;
        self.reordered += other.reordered;
    }

    fn written(mut self) -> String {
        format!(
            r#"{{"first":{},"delay":{},"lost":{},"merged":{},"reordered":{}}}"#,
            spread(&mut self.firsts),
            spread(&mut self.delays),
            self.lost,
            self.merged,
            self.reordered
        )
    }
}

/// Runs the plan. One object for each server: time to the first frame, delay of each frame, what went wrong.
pub(crate) async fn run(plan: Plan) -> Result<Vec<String>, Broken> {
    let pace = plan.pace.ok_or("pace=… is missing")?;
    let plan = Arc::new(plan);
    let mut clients = connect_all(&plan).await?;
    let mut seen: Vec<Seen> = plan.ports.iter().map(|_| Seen::default()).collect();
    for round in 0..=plan.rounds {
        for (clients, seen) in clients.iter_mut().zip(&mut seen) {
            let mut tasks = JoinSet::new();
            for (index, client) in clients.drain(..).enumerate() {
                tasks.spawn(one_after_the_other(Arc::clone(&plan), pace, client, index));
            }
            while let Some(done) = tasks.join_next().await {
                let (client, more) = done??;
                clients.push(client);
                if round > 0 {
                    seen.add(more);
                }
            }
        }
    }
    Ok(seen.into_iter().map(Seen::written).collect())
}

async fn one_after_the_other(
    plan: Arc<Plan>,
    pace: Pace,
    mut client: Client,
    index: usize,
) -> Result<(Client, Seen), Broken> {
    // Spread over one interval: otherwise all frames of all streams are due in the same moment.
    sleep(pace.every.mul_f64(index as f64 / plan.connections as f64)).await;
    let mut seen = Seen::default();
    for _ in 0..plan.each {
        let request = client.request(&plan)?;
        let begun = Instant::now();
        let body = client.send(request).await?.into_body();
        read(body, pace, begun, &mut seen).await?;
    }
    Ok((client, seen))
}

async fn read(mut body: Incoming, pace: Pace, begun: Instant, seen: &mut Seen) -> Result<(), Broken> {
    let mut waiting = String::new();
    let mut next = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame?;
        let Some(data) = frame.data_ref() else { continue };
        let came = now();
        waiting.push_str(&String::from_utf8_lossy(data));
        for (place, mark) in marks(&mut waiting).into_iter().enumerate() {
            if next == 0 {
                seen.firsts.push(begun.elapsed().as_nanos() as u64);
            }
            seen.merged += u32::from(place > 0);
            seen.reordered += u32::from(mark.number < next);
            seen.lost += mark.number.saturating_sub(next);
            seen.delays.push(came.saturating_sub(mark.left));
            next = next.max(mark.number + 1);
        }
    }
    seen.lost += pace.frames - next.min(pace.frames);
    Ok(())
}
