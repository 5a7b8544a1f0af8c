package dev.ratelab.server.command;

import dev.ratelab.server.telemetry.Telemetry;
import dev.ratelab.server.telemetry.Traces;

/** Where traces go. */
enum TraceExporter {
  NONE,
  OTLP;

  Telemetry telemetry() {
    return this == NONE ? Telemetry.create() : Telemetry.create(Traces.otlp());
  }
}
