package dev.ratelab.verification.conform;

import com.sun.net.httpserver.Headers;
import dev.ratelab.limiter.Algorithm;
import dev.ratelab.verification.conform.CountedWindow.Renewal;
import dev.ratelab.verification.conform.tested.Answer;
import dev.ratelab.verification.conform.tested.ToldWait;
import dev.ratelab.verification.oracle.OracleRule;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/** A fault of a limiter that is otherwise right. Those of public trackers name the place. */
enum ConformFault implements LimiterBehaviour {
  /** The burst is one too large. */
  ONE_TOO_MANY(
      Fault.OVER_LIMIT,
      Algorithm.TOKEN_BUCKET,
      (fault, rule) ->
          fault.exact(new OracleRule(rule.permits(), rule.window(), rule.burst() + 1))),
  /** A fixed window where an exact log is promised: twice the limit around its edge. */
  FIXED_WINDOW_FOR_A_LOG(
      Fault.OVER_LIMIT,
      Algorithm.SLIDING_WINDOW_LOG,
      (fault, rule) -> new ExactState("fixed-window", rule)),
  /** The window is half as long. */
  HALF_A_WINDOW(
      Fault.OVER_LIMIT,
      Algorithm.FIXED_WINDOW,
      (fault, rule) ->
          fault.exact(new OracleRule(rule.permits(), rule.window() / 2, rule.burst()))) {
    @Override
    boolean isNamed(Fault found) {
      return super.isNamed(found) || found == Fault.FORGETS_EARLY;
    }
  },
  /** The bucket fills twice as fast. */
  DOUBLE_RATE(
      Fault.OVER_LIMIT,
      Algorithm.GCRA,
      (fault, rule) ->
          fault.exact(new OracleRule(rule.permits() * 2, rule.window(), rule.burst()))),
  /** One count in four is lost: 66 for a limit of 50. Sentinel 361 saw 68. */
  LOSES_COUNTS(Fault.OVER_LIMIT, Algorithm.SLIDING_WINDOW_LOG, (fault, rule) -> new CallLog(rule) {
    private int admitted;

    @Override
    long charge(long cost, boolean allowed) {
      return allowed && ++admitted % 4 == 0 ? 0 : super.charge(cost, allowed);
    }
  }),
  /** The window is counted in halves, and an old half goes as a whole. */
  DROPS_AN_OLD_HALF(
      Fault.OVER_LIMIT, Algorithm.SLIDING_WINDOW_LOG, (fault, rule) -> new CallLog(rule) {
        @Override
        long forgottenUpTo(long at, long window) {
          long half = window / 2;
          return (at / half - 1) * half - 1;
        }
      }),
  /** The state is kept for floor(2·B/rate) whole seconds, which is none for a small burst. Spring Cloud Gateway 2453. */
  SMALL_BURST_KEEPS_NO_STATE(Fault.OVER_LIMIT, Algorithm.TOKEN_BUCKET) {
    @Override
    public OracleRule promised(long permits, long window) {
      return new OracleRule(permits, window, permits * 2 / 5);
    }

    @Override
    public KeyState state(OracleRule rule) {
      long fill = rule.burst() * rule.window() / rule.permits();
      long seconds = TimeUnit.MICROSECONDS.toSeconds(2 * fill);
      return new ShortLivedState(exact(rule), TimeUnit.SECONDS.toMicros(seconds));
    }
  },
  /** The expiry is not the window's: the state lives for a sixth of it. */
  EXPIRES_AFTER_A_SIXTH(
      Fault.FORGETS_EARLY,
      Algorithm.SLIDING_WINDOW_LOG,
      (fault, rule) -> new ShortLivedState(fault.exact(rule), rule.window() / 6)),
  /** The expiry leaves out a part of the time that a bucket takes to drain. APISIX 12605. */
  EXPIRES_HALF_DRAINED(
      Fault.FORGETS_EARLY,
      Algorithm.LEAKY_BUCKET,
      (fault, rule) -> new ShortLivedState(fault.exact(rule), rule.window() / 2)),
  /** The limit is one too small. */
  ONE_TOO_FEW(
      Fault.TOO_STRICT,
      Algorithm.SLIDING_WINDOW_LOG,
      (fault, rule) ->
          fault.exact(new OracleRule(rule.permits() - 1, rule.window(), rule.burst() - 1))),
  /** Each admitted request sets the fixed window's expiry anew: under steady traffic it never ends. */
  ADMITTED_PROLONGS_THE_WINDOW(
      Fault.TOO_STRICT,
      Algorithm.FIXED_WINDOW,
      (fault, rule) -> new CountedWindow(rule, Renewal.BY_ADMITTED)),
  /** After a denial nothing is admitted for sixty windows. */
  A_DENIAL_BLOCKS(
      Fault.NO_RECOVERY,
      Algorithm.SLIDING_WINDOW_LOG,
      (fault, rule) -> new BlockedState(fault.exact(rule), 60 * rule.window())),
  /** Denied requests stand in the log too. rate-limiter-flexible 286. */
  DENIED_IS_LOGGED(
      Fault.DENIED_IS_CHARGED, Algorithm.SLIDING_WINDOW_LOG, (fault, rule) -> new CallLog(rule) {
        @Override
        long charge(long cost, boolean allowed) {
          return cost;
        }
      }),
  /** Each denied request sets the fixed window's expiry anew: who keeps asking is locked out. */
  DENIED_PROLONGS_THE_WINDOW(
      Fault.DENIED_IS_CHARGED,
      Algorithm.FIXED_WINDOW,
      (fault, rule) -> new CountedWindow(rule, Renewal.BY_DENIED)),
  /** Reads, takes a while, and writes. NestJS throttler 1303. */
  CHECK_THEN_ACT(Fault.RACE, Algorithm.SLIDING_WINDOW_LOG, (fault, rule) -> new RacedLog(rule)) {
    @Override
    public boolean isAtomic() {
      return false;
    }
  },
  /** Each request weighs 1. */
  COST_IS_IGNORED(Fault.COST, Algorithm.SLIDING_WINDOW_LOG, (fault, rule) -> new CallLog(rule) {
    @Override
    boolean fits(long used, long cost, long permits) {
      return super.fits(used, 1, permits);
    }

    @Override
    long charge(long cost, boolean allowed) {
      return super.charge(1, allowed);
    }
  }),
  /** Any cost is admitted while one permit is left. */
  ONE_PERMIT_ADMITS_ANY_COST(
      Fault.COST, Algorithm.SLIDING_WINDOW_LOG, (fault, rule) -> new CallLog(rule) {
        @Override
        boolean fits(long used, long cost, long permits) {
          return super.fits(used, 1, permits);
        }
      }),
  /** A denied request is told to come again now. As Symfony 63492, which tells so after the last permit. */
  RETRY_NOW(Fault.RETRY_AFTER, Algorithm.FIXED_WINDOW) {
    @Override
    public Answer told(Answer answer, OracleRule rule) {
      return retryAfter(answer, 0);
    }
  },
  /** A denied request is told to wait for a whole window where a permit comes sooner. */
  RETRY_AFTER_A_WHOLE_WINDOW(Fault.RETRY_AFTER, Algorithm.GCRA) {
    @Override
    public Answer told(Answer answer, OracleRule rule) {
      return retryAfter(answer, answer.allowed() ? 0 : rule.window());
    }
  },
  /** It says to be as new in half the time that it takes. */
  RESET_IN_HALF_THE_TIME(Fault.RESET_AFTER, Algorithm.TOKEN_BUCKET) {
    @Override
    public Answer told(Answer answer, OracleRule rule) {
      return new Answer(
          answer.allowed(),
          answer.remaining(),
          answer.retryAfter(),
          new ToldWait(answer.resetAfter().micros() / 2, 1));
    }
  },
  /** One more is said to remain than is admitted. */
  ONE_MORE_REMAINS(Fault.REMAINING, Algorithm.SLIDING_WINDOW_LOG) {
    @Override
    public Answer told(Answer answer, OracleRule rule) {
      return remaining(answer, answer.remaining() + 1);
    }
  },
  /** One fewer is said to remain than is admitted. */
  ONE_FEWER_REMAINS(Fault.REMAINING, Algorithm.FIXED_WINDOW) {
    @Override
    public Answer told(Answer answer, OracleRule rule) {
      return remaining(answer, Math.max(0, answer.remaining() - 1));
    }
  },
  /** Keys that differ in case are one. */
  KEYS_IN_LOWER_CASE(Fault.SHARED_KEYS, Algorithm.GCRA, asked -> asked.toLowerCase(Locale.ROOT)),
  /** Only a key's first 64 characters count. */
  KEYS_CUT_AT_64(
      Fault.SHARED_KEYS,
      Algorithm.FIXED_WINDOW,
      asked -> asked.substring(0, Math.min(64, asked.length()))),
  /** A character that is not ASCII is as good as another. */
  KEYS_IN_ASCII(
      Fault.SHARED_KEYS, Algorithm.TOKEN_BUCKET, asked -> asked.replaceAll("[^\\x00-\\x7f]", "?")),
  /** What follows a key's first colon is taken for something else. */
  KEYS_END_AT_A_COLON(
      Fault.SHARED_KEYS, Algorithm.SLIDING_WINDOW_COUNTER, asked -> asked.split(":", 2)[0]),
  /** The {@code Date} of the request decides, where there is one, to the second. */
  CALLERS_DATE_IS_THE_CLOCK(Fault.CALLERS_CLOCK, Algorithm.FIXED_WINDOW) {
    @Override
    public long clock(long now, Headers request) {
      String date = request.getFirst("Date");
      if (date == null) {
        return now;
      }
      long told =
          ZonedDateTime.parse(date, DateTimeFormatter.RFC_1123_DATE_TIME).toEpochSecond();
      long ahead = told - TimeUnit.MICROSECONDS.toSeconds(now);
      return Math.abs(ahead) > 1 ? now + TimeUnit.SECONDS.toMicros(ahead) : now;
    }
  },
  /** A key's state stays for ever. Kong 14995. */
  KEEPS_EVERY_KEY(Fault.NEVER_FORGETS, Algorithm.GCRA) {
    @Override
    public boolean forgets() {
      return false;
    }
  },
  /** A denied request is answered with an error. */
  FAILS_WHERE_IT_DENIES(Fault.NO_ANSWER, Algorithm.FIXED_WINDOW) {
    @Override
    public Answer told(Answer answer, OracleRule rule) {
      if (!answer.allowed()) {
        throw new IllegalStateException("there are too many requests");
      }
      return answer;
    }
  };

  private interface States {
    KeyState of(ConformFault fault, OracleRule rule);
  }

  private final Fault expected;
  private final Algorithm algorithm;

  @SuppressWarnings("ImmutableEnumChecker") // makes a new one each time
  private final States states;

  @SuppressWarnings("ImmutableEnumChecker") // a lambda without state
  private final UnaryOperator<String> keys;

  ConformFault(Fault expected, Algorithm algorithm) {
    this(expected, algorithm, ConformFault::exact);
  }

  ConformFault(Fault expected, Algorithm algorithm, States states) {
    this(expected, algorithm, states, UnaryOperator.identity());
  }

  ConformFault(Fault expected, Algorithm algorithm, UnaryOperator<String> keys) {
    this(expected, algorithm, ConformFault::exact, keys);
  }

  ConformFault(Fault expected, Algorithm algorithm, States states, UnaryOperator<String> keys) {
    this.expected = expected;
    this.algorithm = algorithm;
    this.states = states;
    this.keys = keys;
  }

  @Override
  public KeyState state(OracleRule rule) {
    return states.of(this, rule);
  }

  @Override
  public String key(String asked) {
    return keys.apply(asked);
  }

  /** The finding that must name it. */
  Fault expected() {
    return expected;
  }

  /** Whether a finding names it. */
  boolean isNamed(Fault found) {
    return found == expected;
  }

  @Override
  public Algorithm algorithm() {
    return algorithm;
  }

  final KeyState exact(OracleRule rule) {
    return new ExactState(algorithm.id(), rule);
  }

  private static Answer retryAfter(Answer answer, long micros) {
    return new Answer(
        answer.allowed(), answer.remaining(), new ToldWait(micros, 1), answer.resetAfter());
  }

  private static Answer remaining(Answer answer, long remaining) {
    return new Answer(answer.allowed(), remaining, answer.retryAfter(), answer.resetAfter());
  }
}
