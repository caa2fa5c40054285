//! Spans by OpenTelemetry, brought to a collector by OTLP over gRPC. Bringing them has a thread and
//! a queue of its own: a collector that is slow or gone costs spans and nothing else.

use std::borrow::Cow;
use std::cell::Cell;
use std::fs;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use http::HeaderMap;
use opentelemetry::propagation::{Extractor, TextMapPropagator as _};
use opentelemetry::trace::{
    Span as _, SpanBuilder, SpanContext, SpanId, SpanKind, Status, TraceContextExt as _, TraceId,
    Tracer as _, TracerProvider as _,
};
use opentelemetry::{Context, InstrumentationScope, Key, KeyValue};
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _, WithTonicConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{
    IdGenerator, RandomIdGenerator, SdkTracer, SdkTracerProvider, Span, SpanData,
    SpanExporter as ExportSpans,
};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use tonic::transport::{Certificate, ClientTlsConfig, Identity};

use super::otlp_settings::Collector;
use super::spans::{Note, Place};
use super::{Instrument, Registry};

/// What this program is called where nothing else was said.
const SERVICE: &str = "tradeforge";
/// How long the end of the server waits for the last spans to be brought.
const LAST_WITHIN: Duration = Duration::from_secs(1);

/// Where spans are made, once a collector was named.
static TRACER: OnceLock<SdkTracer> = OnceLock::new();
static OUTCOMES: OnceLock<Outcomes> = OnceLock::new();

tokio::task_local! {
    /// The span that the task works in.
    static HERE: Option<Open>;
}

thread_local! {
    /// The trace that the next span on this thread is to begin.
    static NEXT_TRACE: Cell<Option<TraceId>> = const { Cell::new(None) };
}

/// A span that is open. A clone is the same one.
#[derive(Clone, Debug)]
pub(super) struct Open {
    context: SpanContext,
    span: Arc<Mutex<Span>>,
}

impl Open {
    fn with(&self, act: impl FnOnce(&mut Span)) {
        act(&mut self.span.lock().unwrap_or_else(PoisonError::into_inner));
    }

    pub(super) fn note(&self, name: &'static str, value: Note) {
        self.with(|span| {
            span.set_attribute(match value {
                Note::Text(text) => KeyValue::new(name, text),
                Note::Count(count) => KeyValue::new(name, count),
            });
        });
    }

    pub(super) fn fail(&self, why: &'static str) {
        self.with(|span| span.set_status(Status::error(why)));
    }

    /// By its name, so that a clone left elsewhere does not keep it open.
    pub(super) fn end(self) {
        if self.context.is_sampled()
            && let Some(outcomes) = OUTCOMES.get()
        {
            outcomes.add("made", 1);
        }
        self.with(opentelemetry::trace::Span::end);
    }
}

/// A span, if a collector was named. Its name is only made then.
pub(super) fn open(name: impl FnOnce() -> Cow<'static, str>, place: Place<'_>) -> Option<Open> {
    let tracer = TRACER.get()?;
    let builder = SpanBuilder::from_name(name());
    let span = match place {
        Place::Asked(headers) => {
            let asked = TraceContextPropagator::new()
                .extract_with_context(&Context::new(), &Headers(headers));
            tracer.build_with_context(builder.with_kind(SpanKind::Server), &asked)
        }
        Place::Within => {
            let within = here().map_or_else(Context::new, |it| {
                Context::new().with_remote_span_context(it.context)
            });
            tracer.build_with_context(builder, &within)
        }
        Place::OfRun(run_id) => {
            NEXT_TRACE.set(Some(TraceId::from(run_id)));
            let mut span = tracer.build_with_context(builder, &Context::new());
            NEXT_TRACE.set(None);
            if let Some(from) = here() {
                span.add_link(from.context, Vec::new());
            }
            span
        }
    };
    let context = span.span_context().clone();
    Some(Open { context, span: Arc::new(Mutex::new(span)) })
}

/// The span that the task works in.
pub(super) fn here() -> Option<Open> {
    HERE.try_with(Clone::clone).ok().flatten()
}

pub(super) fn around<W: Future>(
    span: Option<Open>,
    work: W,
) -> impl Future<Output = W::Output> + use<W> {
    HERE.scope(span, work)
}

/// The same work, elsewhere and still in the span of this task.
pub(super) fn carried<W: Future>(work: W) -> impl Future<Output = W::Output> + use<W> {
    HERE.scope(here(), work)
}

struct Headers<'h>(&'h HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).and_then(|value| value.to_str().ok())
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(http::HeaderName::as_str).collect()
    }
}

/// The ids of spans: of a run's trace the one that was set.
#[derive(Debug, Default)]
struct Ids(RandomIdGenerator);

impl IdGenerator for Ids {
    fn new_trace_id(&self) -> TraceId {
        NEXT_TRACE.take().unwrap_or_else(|| self.0.new_trace_id())
    }

    fn new_span_id(&self) -> SpanId {
        self.0.new_span_id()
    }
}

/// Traces on their way to a collector.
#[derive(Debug)]
pub struct Traces(SdkTracerProvider);

impl Traces {
    /// From now on spans are made and brought there. In a runtime, on which the connection lives.
    pub(super) fn begin(collector: &Collector) -> Result<Self, String> {
        let mut exporter =
            SpanExporter::builder().with_tonic().with_endpoint(collector.endpoint.clone());
        if collector.endpoint.starts_with("https:") {
            exporter = exporter.with_tls_config(tls()?);
        }
        // What it says of an address could hold a password.
        let exporter = exporter.build().map_err(|_| "it cannot be connected to so".to_owned())?;
        let outcomes = OUTCOMES.get_or_init(Outcomes::default).clone();
        let watched = Watched {
            inner: exporter,
            shown: collector.shown.clone(),
            outcomes,
            is_gone: false.into(),
        };
        let provider = SdkTracerProvider::builder()
            .with_id_generator(Ids::default())
            .with_resource(resource())
            .with_batch_exporter(watched)
            .build();
        let scope = InstrumentationScope::builder(SERVICE).with_version(env!("CARGO_PKG_VERSION"));
        _ = TRACER.set(provider.tracer_with_scope(scope.build()));
        Ok(Self(provider))
    }

    /// Brings what is left, if that is soon done.
    pub async fn end(self) {
        let ended = spawn_blocking(move || self.0.shutdown_with_timeout(LAST_WITHIN));
        if timeout(LAST_WITHIN, ended).await.is_err() {
            tracing::debug!("the last traces are left");
        }
    }
}

/// What is said of the process: by the variables of OpenTelemetry, and by itself.
fn resource() -> Resource {
    let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
    let told = Resource::builder().with_attribute(version.clone()).build();
    let name = told.get(&Key::from_static_str("service.name")).map(|name| name.to_string());
    if name.is_some_and(|name| !name.starts_with("unknown_service")) {
        return told;
    }
    Resource::builder().with_attribute(version).with_service_name(SERVICE).build()
}

/// Whom to trust besides those that the machine trusts, and who this is.
fn tls() -> Result<ClientTlsConfig, String> {
    let file = |what: &str| {
        let name = format!("OTEL_EXPORTER_OTLP_TRACES_{what}");
        let general = format!("OTEL_EXPORTER_OTLP_{what}");
        let said = std::env::var_os(&name).map(|path| (name, path));
        let said = said.or_else(|| std::env::var_os(&general).map(|path| (general, path)));
        let read = said.filter(|(_, path)| !path.is_empty()).map(|(name, path)| {
            fs::read(path).map_err(|error| format!("{name} cannot be read: {error}"))
        });
        read.transpose()
    };
    let mut tls = ClientTlsConfig::new().with_native_roots();
    if let Some(authority) = file("CERTIFICATE")? {
        tls = tls.ca_certificate(Certificate::from_pem(authority));
    }
    if let (Some(certificate), Some(key)) = (file("CLIENT_CERTIFICATE")?, file("CLIENT_KEY")?) {
        tls = tls.identity(Identity::from_pem(certificate, key));
    }
    Ok(tls)
}

/// Says once that the collector is gone, and once that it is back.
#[derive(Debug)]
struct Watched {
    inner: SpanExporter,
    shown: String,
    outcomes: Outcomes,
    is_gone: AtomicBool,
}

impl ExportSpans for Watched {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let count = batch.len() as u64;
        let brought = self.inner.export(batch).await;
        self.outcomes.add(if brought.is_ok() { "sent" } else { "lost" }, count);
        let was_gone = self.is_gone.swap(brought.is_err(), Ordering::Relaxed);
        let collector = &self.shown;
        match &brought {
            Err(error) if !was_gone => {
                tracing::warn!(collector, %error, "traces do not arrive, and are lost meanwhile");
            }
            Ok(()) if was_gone => tracing::info!(collector, "traces arrive again"),
            _ => {}
        }
        brought
    }

    fn shutdown_with_timeout(&self, within: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(within)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}

/// What becomes of spans. A clone is the same.
#[derive(Clone, Debug, Default)]
struct Outcomes(Family<Labels, Counter<u64, AtomicU64>>);

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    outcome: &'static str,
}

impl Outcomes {
    fn add(&self, outcome: &'static str, count: u64) {
        self.0.get_or_create(&Labels { outcome }).inc_by(count);
    }
}

impl Instrument for Outcomes {
    fn register(&self, registry: &mut prometheus_client::registry::Registry) {
        let help = "Spans of traces: made, sent to the collector, lost on the way";
        registry.register("tradeforge_trace_spans", help, self.0.clone());
    }
}

/// Measures what becomes of spans, where a collector was named.
pub fn measure_traces(registry: &mut Registry) {
    if let Some(outcomes) = OUTCOMES.get() {
        registry.add(outcomes);
    }
}
