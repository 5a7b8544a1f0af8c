package dev.ratelab.verification.conform.tested;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.EnumSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/** A limiter behind a URL. Its second instance is a client with other connections, whose clock tells the {@code Date} of its requests. */
public class TestedUrl implements TestedLimiter {
  /**
   * Sends, and waits for the answer. {@link HttpClient#sendAsync} would complete each answer in a new thread on a machine of two
   * cores, which takes longer than all the rest.
   */
  private static final Executor SENDERS = Executors.newCachedThreadPool(task -> {
    Thread thread = new Thread(task, "conform-url");
    thread.setDaemon(true);
    return thread;
  });

  private final RequestTemplate template;
  private final Admission admission;
  private final @Nullable URI size;
  private final Duration ahead;
  private final HttpClient client = HttpClient.newBuilder()
      .version(HttpClient.Version.HTTP_1_1)
      .followRedirects(HttpClient.Redirect.NEVER)
      .connectTimeout(Duration.ofSeconds(Pending.SECONDS))
      .build();

  /**
   * Asks nothing yet.
   *
   * @param size where it tells, as a plain number, how many keys it holds; null if nowhere
   */
  public TestedUrl(RequestTemplate template, Admission admission, @Nullable URI size) {
    this(template, admission, size, Duration.ZERO);
  }

  private TestedUrl(
      RequestTemplate template, Admission admission, @Nullable URI size, Duration ahead) {
    this.template = template;
    this.admission = admission;
    this.size = size;
    this.ahead = ahead;
  }

  @Override
  public String name() {
    return template.authority();
  }

  @Override
  public Set<Ability> abilities() {
    Set<Ability> abilities = EnumSet.of(Ability.ANOTHER, Ability.CLOCK);
    if (template.takesCost()) {
      abilities.add(Ability.COST);
    }
    if (size != null) {
      abilities.add(Ability.HELD);
    }
    return abilities;
  }

  @Override
  public CompletableFuture<Answer> ask(String key, long cost) {
    HttpRequest.Builder request;
    try {
      request = template.request(key, cost);
    } catch (NoAnswerException e) {
      return CompletableFuture.failedFuture(e);
    }
    if (!ahead.isZero()) {
      request.setHeader(
          "date",
          DateTimeFormatter.RFC_1123_DATE_TIME.format(
              ZonedDateTime.now(ZoneOffset.UTC).plus(ahead)));
    }
    return Pending.bounded(
        name(), send(request.build()).thenApply(response -> HttpAnswer.read(response, admission)));
  }

  @Override
  public OptionalLong held() {
    if (size == null) {
      return OptionalLong.empty();
    }
    HttpRequest request = HttpRequest.newBuilder(size).build();
    return OptionalLong.of(
        Pending.join(Pending.bounded(name(), send(request).thenApply(TestedUrl::number))));
  }

  private CompletableFuture<HttpResponse<String>> send(HttpRequest request) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return client.send(request, BodyHandlers.ofString());
          } catch (IOException e) {
            throw new CompletionException(e);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CompletionException(e);
          }
        },
        SENDERS);
  }

  private static long number(HttpResponse<String> response) {
    String body = response.body().strip();
    if (response.statusCode() != 200 || !body.matches("\\d{1,18}")) {
      throw new NoAnswerException(
          "the size URL answers %s with '%s'; accepted: 200 with a plain number"
              .formatted(response.statusCode(), body),
          null);
    }
    return Long.parseLong(body);
  }

  @Override
  public Optional<TestedLimiter> another(Duration ahead) {
    return Optional.of(new TestedUrl(template, admission, size, ahead));
  }

  @Override
  public void close() {
    // Its connections close when they are idle.
  }
}
