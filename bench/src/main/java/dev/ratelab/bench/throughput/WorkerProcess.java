package dev.ratelab.bench.throughput;

import dev.ratelab.bench.Environment;
import dev.ratelab.bench.Run;
import dev.ratelab.bench.Subject;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.time.Duration;
import java.util.Objects;
import java.util.stream.Collectors;

/** A {@link Worker} as whoever conducts it sees it: idle but in its turns. */
final class WorkerProcess implements AutoCloseable {
  // Many live at a time. Flags that the user gave come later and win.
  private static final String HEAP = "-Xmx384m";

  private final Group group;
  private final Process process;
  private final DataOutputStream out;
  private final DataInputStream in;

  /** Starts it; {@link #awaitReady} tells when it can take a turn. */
  WorkerProcess(Run run, Group group) throws IOException {
    this.group = group;
    process = new ProcessBuilder(Environment.java(Worker.class, HEAP))
        .redirectError(Redirect.DISCARD)
        .start();
    out = new DataOutputStream(process.getOutputStream());
    in = new DataInputStream(new BufferedInputStream(process.getInputStream()));
    out.writeUTF(group.subjects().stream().map(Subject::id).collect(Collectors.joining(",")));
    out.writeUTF(group.keys().id());
    out.writeUTF(Objects.requireNonNullElse(run.redisUrl(), ""));
    out.writeInt(group.policies());
    out.writeLong(run.limit().permits());
    out.writeLong(run.limit().windowMicros());
    out.writeLong(run.seed());
    out.writeInt(group.underWay());
    out.writeUTF(group.call().name());
    out.writeBoolean(group.isRemote());
    out.writeInt(group.batch());
    out.writeInt(group.extra());
    out.writeInt(group.threads());
    out.flush();
  }

  void awaitReady() throws IOException {
    answer();
  }

  /**
   * Gives a subject of the group a turn.
   *
   * @throws IllegalStateException if it could not be measured
   */
  Turn turn(int subject, Duration length) throws IOException {
    out.write(subject);
    out.writeLong(length.toNanos());
    out.flush();
    return answer();
  }

  private Turn answer() throws IOException {
    try {
      return Turn.read(in);
    } catch (EOFException e) {
      throw new IllegalStateException(
          "the process that measures %s has ended".formatted(group.title()), e);
    } catch (IllegalStateException e) {
      throw new IllegalStateException("%s: %s".formatted(group.title(), e.getMessage()), e);
    }
  }

  @Override
  public void close() {
    process.destroy();
  }
}
