package dev.ratelab.server.check;

import dev.ratelab.server.http.HttpCall;
import dev.ratelab.server.http.Response;
import dev.ratelab.server.http.ServerOptions;
import dev.ratelab.server.telemetry.Telemetry;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Supplier;

/** The server's answers without its connections. */
public final class TestResources {
  private TestResources() {}

  public static Function<HttpCall, CompletionStage<Response>> of(
      Supplier<ActivePolicies> policies, ServerOptions options, Telemetry telemetry) {
    return new ServerResources(policies, options, telemetry, null)::answer;
  }
}
