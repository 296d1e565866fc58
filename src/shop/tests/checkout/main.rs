//! Checkouts, orders, payments, jobs and mail, over a real PostgreSQL.

mod after;
mod form;
mod gift_card;
mod jobs;
mod mail;
mod order;
mod place;
mod promotion;
mod provider;
mod race;
mod settle;
mod settled_three_times;
mod sql;
mod stock;
mod support;
mod webhook;
