package dev.ratelab.verification.conform;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.ratelab.verification.conform.tested.Answer;
import dev.ratelab.verification.conform.tested.ToldWait;
import dev.ratelab.verification.oracle.OracleRule;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * An HTTP limiter in this process that does what it is told to, right or wrong. {@code GET /check?key=a&cost=1} is answered with 200 or
 * 429, and {@code GET /held} with how many keys it holds.
 */
final class FaultyLimiter implements AutoCloseable {
  static {
    // A connection that the server ends while a request is on its way looks as if the limiter gave
    // no answer.
    System.setProperty("sun.net.httpserver.maxIdleConnections", "10000");
    System.setProperty("sun.net.httpserver.idleInterval", "3600");
    // Without it an answer waits for the client's delayed acknowledgement.
    System.setProperty("sun.net.httpserver.nodelay", "true");
  }

  private final ConcurrentHashMap<String, KeyState> states = new ConcurrentHashMap<>();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final LimiterBehaviour behaviour;
  private final OracleRule rule;
  private final LongSupplier clock;
  private final HttpServer server;

  private FaultyLimiter(LimiterBehaviour behaviour, OracleRule rule, LongSupplier clock)
      throws IOException {
    this.behaviour = behaviour;
    this.rule = rule;
    this.clock = clock;
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1024);
    server.setExecutor(threads);
    server.createContext("/check", this::check);
    server.createContext("/held", exchange -> answer(exchange, 200, Long.toString(held())));
  }

  /** One on a clock of its own. */
  static FaultyLimiter start(LimiterBehaviour behaviour, OracleRule rule) throws IOException {
    long started = TimeUnit.MILLISECONDS.toMicros(System.currentTimeMillis());
    long startedNanos = System.nanoTime();
    return start(
        behaviour,
        rule,
        () -> started + TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - startedNanos));
  }

  /**
   * One on a given clock.
   *
   * @param clock microseconds since 1970 that never go back
   */
  static FaultyLimiter start(LimiterBehaviour behaviour, OracleRule rule, LongSupplier clock)
      throws IOException {
    FaultyLimiter limiter = new FaultyLimiter(behaviour, rule, clock);
    limiter.server.start();
    return limiter;
  }

  /** Such as {@code http://127.0.0.1:4711}. */
  String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  private void check(HttpExchange exchange) throws IOException {
    Map<String, String> query = query(exchange.getRequestURI().getRawQuery());
    try {
      long cost = Long.parseLong(query.getOrDefault("cost", "1"));
      if (cost < 1 || cost > rule.burst()) {
        answer(exchange, 400, "{\"error\":\"cost must be 1 to %s\"}".formatted(rule.burst()));
        return;
      }
      String key = behaviour.key(query.getOrDefault("key", ""));
      Answer told = behaviour.told(decide(key, cost, exchange), rule);
      answer(exchange, told.allowed() ? 200 : 429, json(told));
    } catch (IllegalStateException e) {
      answer(exchange, 500, "{\"error\":\"%s\"}".formatted(e.getMessage()));
    }
  }

  private Answer decide(String key, long cost, HttpExchange exchange) {
    if (!behaviour.isAtomic()) {
      KeyState state = states.computeIfAbsent(key, k -> behaviour.state(rule));
      return state.check(now(exchange), cost);
    }
    Answer[] answer = new Answer[1];
    states.compute(key, (k, known) -> {
      long now = now(exchange);
      KeyState state = known == null || known.isOver(now) ? behaviour.state(rule) : known;
      answer[0] = state.check(now, cost);
      return state;
    });
    return answer[0];
  }

  private long now(HttpExchange exchange) {
    return behaviour.clock(clock.getAsLong(), exchange.getRequestHeaders());
  }

  private long held() {
    if (behaviour.forgets()) {
      for (String key : states.keySet()) {
        states.computeIfPresent(key, (k, state) -> state.isOver(clock.getAsLong()) ? null : state);
      }
    }
    return states.size();
  }

  private static Map<String, String> query(@Nullable String raw) {
    Map<String, String> query = new HashMap<>();
    for (String pair : raw == null ? new String[0] : raw.split("&")) {
      String[] parts = pair.split("=", 2);
      query.put(parts[0], parts.length < 2 ? "" : decoded(parts[1]));
    }
    return query;
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text, StandardCharsets.UTF_8);
  }

  private static String json(Answer answer) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("allowed", answer.allowed());
    if (answer.remaining() != null) {
      fields.put("remaining", answer.remaining());
    }
    if (answer.retryAfter() != null) {
      fields.put("retryAfterMs", millis(answer.retryAfter()));
    }
    if (answer.resetAfter() != null) {
      fields.put("resetAfterMs", millis(answer.resetAfter()));
    }
    return JsonMapper.shared().writeValueAsString(fields);
  }

  private static BigDecimal millis(ToldWait wait) {
    return BigDecimal.valueOf(wait.micros(), 3);
  }

  private static void answer(HttpExchange exchange, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
