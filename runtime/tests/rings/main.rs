//! Rings without any process: one producer and its consumers, against a plain model and one by one.

mod live;
mod model;
mod single;
