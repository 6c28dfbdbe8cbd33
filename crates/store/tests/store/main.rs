//! The durable store from outside: its contract, what damage does to it, and what a killed process leaves.

#[cfg(test)]
mod boards;
#[cfg(test)]
mod contract;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod damage;
#[cfg(test)]
mod ledger;
#[cfg(test)]
mod probe;
#[cfg(test)]
mod records;
#[cfg(test)]
mod versions;
