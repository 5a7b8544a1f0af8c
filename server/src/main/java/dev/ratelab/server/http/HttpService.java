package dev.ratelab.server.http;

import dev.ratelab.server.telemetry.Dropped;
import dev.ratelab.server.telemetry.Telemetry;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/** What connections ask: the answer to a call, and that telemetry counts what they refuse and drop. */
record HttpService(Function<HttpCall, CompletionStage<Response>> answers, Telemetry telemetry) {
  CompletionStage<Response> answer(HttpCall call) {
    return answers.apply(call);
  }

  /** The answer to a request that is at fault, which is counted. */
  Response refusal(Rejection why) {
    int status = why.status().code();
    telemetry.rejected(status);
    return Response.problem(status, why.detail());
  }

  /** A connection is closed that its client would have kept, which is counted. */
  void dropped(Dropped why) {
    telemetry.dropped(why);
  }
}
