package dev.ratelab.verification.conform.tested;

import dev.ratelab.limiter.DurationText;
import dev.ratelab.limiter.Limit;
import io.lettuce.core.protocol.CommandArgs;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A command of a Redis that limits a rate: how it is called, and what its reply means. What each promises: docs/redis-commands.md. */
enum RedisCommand {
  /** A window that the first request begins, as the documents of Redis and Valkey advise: {@code BYINT c UBOUND N PX W ENX}. */
  INCREX("increx", "Redis has it from 8.8 on, Valkey from 9.2 on", 2) {
    @Override
    void arguments(CommandArgs<byte[], byte[]> args, Limit limit, long cost) {
      args.add("BYINT").add(cost).add("UBOUND").add(limit.permits());
      args.add("PX").add(limit.windowMicros() / 1_000).add("ENX");
    }

    /** The value, and what was added to it. */
    @Override
    Answer read(List<Long> reply, Limit limit, long cost) {
      boolean added = reply.get(1) == cost;
      if (!added && reply.get(1) != 0) {
        throw unreadable(reply);
      }
      return new Answer(added, limit.permits() - reply.get(0), null, null);
    }
  },

  /** A token bucket: {@code CL.THROTTLE key B-1 N W c}. */
  THROTTLE("cl.throttle", "the module redis-cell has it", 5) {
    @Override
    void arguments(CommandArgs<byte[], byte[]> args, Limit limit, long cost) {
      args.add(limit.burst() - 1).add(limit.permits());
      args.add(limit.windowMicros() / SECOND).add(cost);
    }

    /** Whether it is limited, the burst, what remains, seconds to the next try or -1, seconds until all is there. */
    @Override
    Answer read(List<Long> reply, Limit limit, long cost) {
      if (reply.get(0) != 0 && reply.get(0) != 1) {
        throw unreadable(reply);
      }
      return new Answer(
          reply.get(0) == 0, reply.get(2), seconds(reply.get(3)), seconds(reply.get(4)));
    }

    private @Nullable ToldWait seconds(long told) {
      return told < 0 ? null : new ToldWait(told * SECOND, SECOND);
    }

    @Override
    void check(Limit limit) {
      if (limit.windowMicros() % SECOND != 0) {
        throw new IllegalArgumentException(
            "the window is %s; accepted for cl.throttle: whole seconds"
                .formatted(DurationText.of(limit.window())));
      }
    }
  };

  private static final long SECOND = 1_000_000;

  private final String id;
  private final String origin;
  private final int parts;

  RedisCommand(String id, String origin, int parts) {
    this.id = id;
    this.origin = origin;
    this.parts = parts;
  }

  /** The command of this name. Throws {@link IllegalArgumentException} if there is none. */
  static RedisCommand of(String id) {
    return Arrays.stream(values())
        .filter(command -> command.id.equals(id))
        .findAny()
        .orElseThrow(() -> new IllegalArgumentException("there is no command '%s'; accepted: %s"
            .formatted(
                id,
                Arrays.stream(values())
                    .map(command -> command.id)
                    .collect(Collectors.joining(", ")))));
  }

  /** Adds what follows the key. */
  abstract void arguments(CommandArgs<byte[], byte[]> args, Limit limit, long cost);

  abstract Answer read(List<Long> reply, Limit limit, long cost);

  /** Throws {@link IllegalArgumentException} if the command cannot express a limit. */
  void check(Limit limit) {}

  /** What a reply means. Throws {@link NoAnswerException} if it is none that the documents tell of. */
  Answer answer(List<Object> reply, Limit limit, long cost) {
    if (reply.size() != parts || !reply.stream().allMatch(Long.class::isInstance)) {
      throw unreadable(reply);
    }
    return read(reply.stream().map(Long.class::cast).toList(), limit, cost);
  }

  NoAnswerException unreadable(List<?> reply) {
    return new NoAnswerException(
        "the reply %s of %s is none that its documents tell of".formatted(reply, id), null);
  }

  /** Where to get it. */
  String origin() {
    return origin;
  }

  /** Its name as it is sent. */
  byte[] bytes() {
    return id.getBytes(StandardCharsets.US_ASCII);
  }

  @Override
  public String toString() {
    return id;
  }
}
