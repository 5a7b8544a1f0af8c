package dev.ratelab.server.telemetry;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the metrics on the executor. Whoever asks while another's answer has not begun to be written shares it, so that askers cannot
 * pile up work.
 */
final class SharedScrape {
  private static final Logger LOG = LoggerFactory.getLogger(SharedScrape.class);

  private final Executor executor;
  private final Supplier<String> text;
  private final AtomicReference<@Nullable CompletableFuture<String>> waiting =
      new AtomicReference<>();

  SharedScrape(Executor executor, Supplier<String> text) {
    this.executor = executor;
    this.text = text;
  }

  /** Has everything in it that was counted before the call. */
  CompletionStage<String> ask() {
    CompletableFuture<String> mine = new CompletableFuture<>();
    CompletableFuture<String> others = waiting.compareAndExchange(null, mine);
    if (others != null) {
      return others;
    }
    try {
      executor.execute(() -> {
        waiting.set(null);
        write(mine);
      });
    } catch (RejectedExecutionException e) {
      mine.completeExceptionally(e);
    }
    return mine;
  }

  /** Whoever asked is answered and the log tells, whatever broke: the executor would keep it to itself. */
  private void write(CompletableFuture<String> answer) {
    try {
      answer.complete(text.get());
    } catch (Throwable e) {
      answer.completeExceptionally(e);
      LOG.error("the metrics could not be written", e);
    }
  }
}
