//! Checkouts, orders, payments, jobs and mail, over a real PostgreSQL.

mod after;
mod capture;
mod clock;
mod crooked;
mod failover;
mod forged;
mod form;
mod gift_card;
mod jobs;
mod mail;
mod method;
mod order;
mod outage;
mod place;
mod promotion;
mod provider;
mod race;
mod rivals;
mod saved;
mod settle;
mod settled_three_times;
mod sql;
mod stock;
mod support;
mod webhook;
