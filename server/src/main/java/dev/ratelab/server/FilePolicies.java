package dev.ratelab.server;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Policies of a YAML file. What counts is the content of whatever the path leads to: an editor that writes the file anew, one that
 * renames another over it, and a symbolic link that is turned, as Kubernetes does with a mounted ConfigMap, are all noticed.
 */
final class FilePolicies implements PolicySource {
  private final Path file;
  private final Loaded.Reader reader;
  /** What was found the last time. */
  private Content seen = Content.NONE;
  /** What was read last, whether right or wrong. */
  private Content taken = Content.NONE;

  private @Nullable ConfigurationException fault;

  FilePolicies(Path file, Loaded.Reader reader) {
    this.file = file;
    this.reader = reader;
  }

  @Override
  public String name() {
    return file.toString();
  }

  @Override
  public Loaded load() throws ConfigurationException {
    seen = Content.of(file);
    return take();
  }

  /** A new content counts when it was there twice in a row: who is still writing has written only a part. */
  @Override
  public @Nullable Loaded poll() throws ConfigurationException {
    Content before = seen;
    seen = Content.of(file);
    if (seen.equals(before) && !seen.equals(taken)) {
      return take();
    }
    if (fault != null) {
      throw fault;
    }
    return null;
  }

  private Loaded take() throws ConfigurationException {
    Content before = taken;
    taken = seen;
    fault = null;
    try {
      return reader.read(Document.yaml(file.toString(), taken.text()));
    } catch (ConfigurationException e) {
      fault = e;
      throw e;
    } catch (RuntimeException e) {
      // Not the content's fault: it is tried again.
      taken = before;
      throw e;
    }
  }

  /**
   * What was found.
   *
   * @param found what the file says, or nothing if it cannot be read
   * @param unreadable why it cannot
   */
  private record Content(@Nullable String found, List<Fault> unreadable) {
    static final Content NONE = new Content(null, List.of());

    static Content of(Path file) {
      try {
        return new Content(Document.text(file), List.of());
      } catch (ConfigurationException e) {
        return new Content(null, e.faults());
      }
    }

    String text() throws ConfigurationException {
      if (found == null) {
        throw new ConfigurationException(unreadable);
      }
      return found;
    }
  }
}
