export { CONTENT_TYPE, createMetrics, type Metrics } from "./metrics.ts";
export { serveMetrics, type MetricsServer } from "./metrics-server.ts";
export { measureProcess } from "./process-metrics.ts";
