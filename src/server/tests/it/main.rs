//! The whole shop over HTTP: the real binary on a real port, with a PostgreSQL database, a Redis and a payment provider of its
//! own for each test.
//!
//! Needs `DATABASE_URL` (a server on which databases may be created), PostgreSQL's server programs, `redis-server` on the PATH, and the simulator's binary
//! beside ours (`cargo build -p simulator`).

mod assets;
mod bad_input;
mod beside;
mod browser;
mod cache;
mod claiming;
mod codes;
mod comparing;
mod desk;
mod doors;
mod golden;
mod listing;
mod mail;
mod media;
mod nasty;
mod outage;
mod policy;
mod providers;
mod purchase;
mod query;
mod redis;
mod refused;
mod replay;
mod replica;
mod reviews;
mod running;
mod rush;
mod saved;
mod searches;
mod selling;
mod settling;
mod starting;
mod tables;
mod trips;
mod wishes;
mod world;
