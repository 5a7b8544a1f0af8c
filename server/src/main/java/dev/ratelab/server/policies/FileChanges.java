package dev.ratelab.server.policies;

import java.io.IOException;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Whether a file came whole, as one that was renamed over another, or is written where it lies. Names, times and numbers of files do not
 * tell: who removes a file and writes it anew leaves the same traces. The events of its directory do, where the system has some; a file
 * system of the network has none.
 */
final class FileChanges implements Supplier<FileChanges.How>, AutoCloseable {
  private final Path name;
  private final @Nullable WatchService events;

  FileChanges(Path file) {
    Path absolute = file.toAbsolutePath();
    name = Objects.requireNonNull(absolute.getFileName(), "a file has a name");
    events = watch(Objects.requireNonNull(absolute.getParent(), "a file is in a directory"));
  }

  private static @Nullable WatchService watch(Path directory) {
    try {
      WatchService events = directory.getFileSystem().newWatchService();
      try {
        directory.register(
            events, StandardWatchEventKinds.ENTRY_CREATE, StandardWatchEventKinds.ENTRY_MODIFY);
        return events;
      } catch (IOException | RuntimeException e) {
        events.close();
        throw e;
      }
    } catch (IOException | UnsupportedOperationException e) {
      return null;
    }
  }

  /** What is known of a file. */
  enum How {
    UNKNOWN,
    WHOLE,
    WRITTEN
  }

  /** What happened last since this was asked before. What happens now may be told only the next time. */
  @Override
  public How get() {
    How last = How.UNKNOWN;
    WatchKey key = events == null ? null : events.poll();
    if (key != null) {
      for (WatchEvent<?> event : key.pollEvents()) {
        if (event.kind() == StandardWatchEventKinds.OVERFLOW) {
          last = How.WRITTEN;
        } else if (name.equals(event.context())) {
          last = event.kind() == StandardWatchEventKinds.ENTRY_CREATE ? How.WHOLE : How.WRITTEN;
        }
      }
      key.reset();
    }
    return last;
  }

  @Override
  public void close() {
    if (events != null) {
      try {
        events.close();
      } catch (IOException e) {
        // There is nothing that anybody could do.
      }
    }
  }
}
