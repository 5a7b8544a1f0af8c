package dev.ratelab.bench.peer;

import dev.ratelab.limiter.Limit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.ObjectMapper;

/**
 * Node's Express with RateLimiterRedis of rate-limiter-flexible over ioredis, one process as one gets by following its
 * documentation.
 *
 * <p>Its window is a whole number of seconds and begins with a key's first request; a burst it does not know.
 */
public final class ExpressPeer implements HttpPeer {
  private static final String PROGRAM = "node";
  private static final List<String> PACKAGES =
      List.of("express", "rate-limiter-flexible", "ioredis");

  @Override
  public String name() {
    return "express-rate-limiter-flexible";
  }

  @Override
  public Optional<String> absentBecause() {
    if (Program.find(PROGRAM).isEmpty()) {
      return Optional.of("no program node on this machine; install Node.js 20 or newer");
    }
    for (String name : PACKAGES) {
      if (!Files.exists(manifest(name))) {
        return Optional.of(
            "the Node package %s is not installed; run: npm ci --prefix bench/src/node"
                .formatted(name));
      }
    }
    return Optional.empty();
  }

  @Override
  public String version() {
    requirePresent();
    StringBuilder text =
        new StringBuilder("node " + Program.output(PROGRAM, "--version").replaceFirst("^v", ""));
    for (String name : PACKAGES) {
      text.append(", ").append(name).append(' ').append(packageVersion(name));
    }
    return text.toString();
  }

  @Override
  public Peer.Terms terms() {
    return new Peer.Terms(
        "N in each window of length W since the key's first request, so 2N around a window's end",
        "no burst; the window is whole seconds",
        "remaining permits and the time until the window ends",
        "a Redis key for each",
        "with its window",
        "one script by EVALSHA: 1 round trip");
  }

  @Override
  public boolean needsRedis() {
    return true;
  }

  @Override
  public Program start(Limit limit, @Nullable String redisUrl)
      throws IOException, InterruptedException {
    requirePresent();
    if (redisUrl == null) {
      throw new IllegalArgumentException(name() + " keeps its state on a Redis, but there is none");
    }
    long micros = TimeUnit.SECONDS.toMicros(1);
    long seconds = Math.max(1, (limit.windowMicros() + micros / 2) / micros);
    int port = Program.freePort();
    Path directory = Files.createTempDirectory("ratelab-express-");
    // Not as an argument: the URL may hold a password, which a list of processes would show.
    Path configuration = directory.resolve("redis");
    Files.writeString(configuration, redisUrl);
    return Program.start(
        directory,
        port,
        List.of(
            PROGRAM,
            folder().resolve("server.js").toString(),
            Integer.toString(port),
            Long.toString(limit.permits()),
            Long.toString(seconds),
            "ratelab-bench-" + UUID.randomUUID(),
            configuration.toString()));
  }

  private static String packageVersion(String name) {
    try {
      return new ObjectMapper()
          .readTree(Files.readString(manifest(name)))
          .path("version")
          .asString("?");
    } catch (IOException e) {
      throw new IllegalStateException("cannot read " + manifest(name), e);
    }
  }

  private static Path manifest(String name) {
    return folder().resolve(Path.of("node_modules", name, "package.json"));
  }

  /** Beside the build's folder. */
  private static Path folder() {
    Path target = Objects.requireNonNull(CodeLocation.of(ExpressPeer.class).getParent());
    return target.resolveSibling(Path.of("src", "node"));
  }
}
