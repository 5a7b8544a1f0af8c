package dev.ratelab.limiter.redis;

import java.time.Duration;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Errors by which a server says that another is to be asked, or that it is none that decides. */
final class WrongServer {
  /** How long a connection is kept at least, or a server that stays wrong would be connected to for each call. */
  static final Duration PATIENCE = Duration.ofMillis(200);

  // Redis 6.2 puts its own words before those that end a script. A Sentinel knows no scripts.
  private static final Pattern SAYS = Pattern.compile(
      "(?:^|-)(?:READONLY|LOADING|MASTERDOWN|NOREPLICAS|CLUSTERDOWN|MOVED|REDIRECT) |^ERR unknown command ");

  private WrongServer() {}

  /** Whether a server's error says so. Nothing was executed then. */
  static boolean says(@Nullable String error) {
    return error != null && SAYS.matcher(error).find();
  }
}
