// SPDX-License-Identifier: GPL-3.0-or-later
//! `GET /health` and `GET /metrics`, on the local machine unless told otherwise.

use crate::metrics::Metrics;
use assay_primitives::{BlockNumber, ClusterId};
use axum::{
	extract::State,
	http::{header::CONTENT_TYPE, StatusCode},
	response::{IntoResponse, Response},
	routing::get,
	Json, Router,
};
use serde::{Deserialize, Serialize};
use std::{
	future::Future,
	io,
	sync::{Arc, Mutex, MutexGuard, PoisonError},
	time::{Duration, Instant},
};
use tokio::net::TcpListener;

/// How old the last block may be for the worker to count as ready.
const FRESH: Duration = Duration::from_secs(60);

/// How the worker is.
#[derive(Debug)]
pub struct Status {
	cluster: ClusterId,
	fault: Option<&'static str>,
	seen: Mutex<Option<Progress>>,
}

#[derive(Clone, Copy, Debug)]
struct Progress {
	finalised: BlockNumber,
	open: usize,
	at: Instant,
}

/// The answer of `/health`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Health {
	/// Whether the worker follows the chain and serves its cluster.
	pub ready: bool,
	/// Which cluster.
	pub cluster: ClusterId,
	/// The finalised block that was looked at last; none before the first.
	pub finalised: Option<BlockNumber>,
	/// Tasks in which the cluster has an execution.
	pub open: usize,
	/// A fault that is switched on: this worker is not honest.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub simulated_fault: Option<String>,
}

impl Status {
	/// Nothing has been seen yet.
	pub fn new(cluster: ClusterId, fault: Option<&'static str>) -> Self {
		Self { cluster, fault, seen: Mutex::new(None) }
	}

	fn seen(&self) -> MutexGuard<'_, Option<Progress>> {
		self.seen.lock().unwrap_or_else(PoisonError::into_inner)
	}

	/// A block was looked at.
	pub fn progress(&self, finalised: BlockNumber, open: usize) {
		*self.seen() = Some(Progress { finalised, open, at: Instant::now() });
	}

	/// How the worker is now.
	pub fn health(&self) -> Health {
		let seen = *self.seen();
		Health {
			ready: seen.is_some_and(|seen| seen.at.elapsed() < FRESH),
			cluster: self.cluster,
			finalised: seen.map(|seen| seen.finalised),
			open: seen.map_or(0, |seen| seen.open),
			simulated_fault: self.fault.map(Into::into),
		}
	}
}

#[derive(Clone)]
struct Shared {
	status: Arc<Status>,
	metrics: Arc<Metrics>,
}

async fn health(State(shared): State<Shared>) -> Response {
	let health = shared.status.health();
	let code = if health.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
	(code, Json(health)).into_response()
}

async fn metrics(State(shared): State<Shared>) -> Response {
	match shared.metrics.render() {
		Ok(text) => ([(CONTENT_TYPE, prometheus::TEXT_FORMAT)], text).into_response(),
		Err(error) => {
			tracing::error!(%error, "cannot render the metrics");
			StatusCode::INTERNAL_SERVER_ERROR.into_response()
		},
	}
}

/// Serves until `stop`.
pub async fn serve(
	listener: TcpListener,
	status: Arc<Status>,
	registry: Arc<Metrics>,
	stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
	let router = Router::new()
		.route("/health", get(health))
		.route("/metrics", get(metrics))
		.with_state(Shared { status, metrics: registry });
	axum::serve(listener, router).with_graceful_shutdown(stop).await
}

#[cfg(test)]
mod tests {
	use super::*;
	use tokio::{
		io::{AsyncReadExt, AsyncWriteExt},
		net::TcpStream,
		sync::oneshot,
	};

	async fn fetch(address: std::net::SocketAddr, path: &str) -> (u16, String) {
		let mut stream = TcpStream::connect(address).await.unwrap();
		let request = format!("GET {path} HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n");
		stream.write_all(request.as_bytes()).await.unwrap();
		let mut answer = String::new();
		stream.read_to_string(&mut answer).await.unwrap();
		let (head, body) = answer.split_once("\r\n\r\n").unwrap();
		(head[9..12].parse().unwrap(), body.into())
	}

	#[tokio::test]
	async fn health_follows_the_chain_and_metrics_are_text() {
		let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
		let address = listener.local_addr().unwrap();
		let status = Arc::new(Status::new(ClusterId(3), Some("lie")));
		let metrics = Arc::new(Metrics::new(ClusterId(3), Some("lie")).unwrap());
		let (stop, stopped) = oneshot::channel::<()>();
		let server = tokio::spawn(serve(listener, status.clone(), metrics, async {
			let _ = stopped.await;
		}));

		let (code, body) = fetch(address, "/health").await;
		let health: Health = serde_json::from_str(&body).unwrap();
		assert_eq!((code, health.ready, health.finalised), (503, false, None));

		status.progress(12, 2);
		let (code, body) = fetch(address, "/health").await;
		assert_eq!(code, 200);
		assert_eq!(
			body,
			r#"{"ready":true,"cluster":3,"finalised":12,"open":2,"simulated_fault":"lie"}"#
		);
		let (code, body) = fetch(address, "/metrics").await;
		assert_eq!(code, 200);
		assert!(body.contains("assay_worker_running_executions 0"));
		assert_eq!(fetch(address, "/none").await.0, 404);

		stop.send(()).unwrap();
		server.await.unwrap().unwrap();
	}
}
