//! Checkouts, orders, payments, jobs and mail, over a real PostgreSQL.

mod after;
mod capture;
mod clock;
mod failover;
mod forged;
mod form;
mod gift_card;
mod jobs;
mod mail;
mod order;
mod outage;
mod place;
mod promotion;
mod provider;
mod race;
mod rivals;
mod settle;
mod settled_three_times;
mod sql;
mod stock;
mod support;
mod webhook;
