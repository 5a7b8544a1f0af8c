package dev.ratelab.bench.validation;

import dev.ratelab.bench.simulate.FleetSettings;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.RequestDecision;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/** Requests of one instance that share a call: the first waits so long for others, and a full batch goes at once. */
final class Batching {
  private final FleetSettings.Batch batch;
  private final List<RateLimiter> lanes;
  private List<Waiting> gathered = new ArrayList<>();
  private int sent;

  private record Waiting(Request request, CompletableFuture<RequestDecision> answer) {}

  /** Each batch goes to another limiter, so that none waits for the one before. */
  Batching(FleetSettings.Batch batch, List<RateLimiter> lanes) {
    this.batch = batch;
    this.lanes = lanes;
  }

  synchronized CompletionStage<RequestDecision> ask(Request request) {
    Waiting waiting = new Waiting(request, new CompletableFuture<>());
    gathered.add(waiting);
    if (gathered.size() == batch.most()) {
      send();
    } else if (gathered.size() == 1) {
      int number = sent;
      CompletableFuture.delayedExecutor(batch.longest(), TimeUnit.MICROSECONDS)
          .execute(() -> sendUnlessSent(number));
    }
    return waiting.answer;
  }

  private synchronized void sendUnlessSent(int number) {
    if (number == sent) {
      send();
    }
  }

  private void send() {
    List<Waiting> all = gathered;
    gathered = new ArrayList<>();
    RateLimiter lane = lanes.get(sent++ % lanes.size());
    List<CompletionStage<RequestDecision>> answers =
        lane.checkAll(all.stream().map(Waiting::request).toList());
    for (int i = 0; i < all.size(); i++) {
      CompletableFuture<RequestDecision> answer = all.get(i).answer;
      var unused = answers.get(i).whenComplete((made, failure) -> {
        if (failure == null) {
          answer.complete(made);
        } else {
          answer.completeExceptionally(failure);
        }
      });
    }
  }
}
