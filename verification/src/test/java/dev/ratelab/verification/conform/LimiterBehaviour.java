package dev.ratelab.verification.conform;

import com.sun.net.httpserver.Headers;
import dev.ratelab.limiter.Algorithm;
import dev.ratelab.verification.conform.tested.Answer;
import dev.ratelab.verification.oracle.OracleRule;

/** What an HTTP limiter does with a request. Each method is right unless it is overridden. */
interface LimiterBehaviour {
  /** What a right limiter does. */
  static LimiterBehaviour right(Algorithm algorithm) {
    return () -> algorithm;
  }

  /** The promised algorithm. */
  Algorithm algorithm();

  /** What it promises: so many permits in a window of so many microseconds. */
  default OracleRule promised(long permits, long window) {
    return new OracleRule(permits, window, permits);
  }

  /** A new key's state. */
  default KeyState state(OracleRule rule) {
    return new ExactState(algorithm().id(), rule);
  }

  /** The key that is counted. */
  default String key(String asked) {
    return asked;
  }

  /** The instant of a request that is decided at {@code now}, in microseconds since 1970. */
  default long clock(long now, Headers request) {
    return now;
  }

  /** What is told of a decision. Throws {@link IllegalStateException} if it fails. */
  default Answer told(Answer answer, OracleRule rule) {
    return answer;
  }

  /** Whether a key's state goes when it is over. */
  default boolean forgets() {
    return true;
  }

  /** Whether a key's decisions come one after the other. */
  default boolean isAtomic() {
    return true;
  }
}
