package dev.ratelab.bench.throughput;

import dev.ratelab.bench.Environment;
import dev.ratelab.bench.Run;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A {@link Worker} as whoever conducts it sees it: idle but in its turns. */
public final class WorkerProcess implements AutoCloseable {
  // Many live at a time. Flags that the user gave come later and win.
  private static final String HEAP = "-Xmx384m";

  private final Group group;
  private final Process process;
  private final ObjectOutputStream out;
  private @Nullable ObjectInputStream in;

  /** Starts it; {@link #awaitReady} tells when it can take a turn. */
  public WorkerProcess(Run run, Group group) throws IOException {
    this.group = group;
    process = new ProcessBuilder(Environment.java(Worker.class, HEAP))
        .redirectError(Redirect.DISCARD)
        .start();
    out = new ObjectOutputStream(process.getOutputStream());
    String redis = Objects.requireNonNullElse(run.redisUrl(), "");
    out.writeObject(new Worker.Task(
        group, redis, run.limit().permits(), run.limit().windowMicros(), run.seed()));
    out.flush();
  }

  /**
   * Waits until it can take a turn.
   *
   * @throws IllegalStateException if it could not be started
   */
  public void awaitReady() throws IOException {
    answer();
  }

  /**
   * Gives a subject of the group a turn.
   *
   * @throws IllegalStateException if it could not be measured
   */
  public Turn turn(int subject, Duration length) throws IOException {
    out.write(subject);
    out.writeLong(length.toNanos());
    out.flush();
    return answer();
  }

  private Turn answer() throws IOException {
    Object answer;
    try {
      if (in == null) {
        in = new ObjectInputStream(new BufferedInputStream(process.getInputStream()));
      }
      answer = in.readObject();
    } catch (EOFException | ClassNotFoundException e) {
      throw new IllegalStateException(
          "the process that measures %s has ended".formatted(group.title()), e);
    }
    if (answer instanceof Turn turn) {
      return turn;
    }
    throw new IllegalStateException("%s: %s".formatted(group.title(), answer));
  }

  @Override
  public void close() {
    process.destroy();
  }
}
