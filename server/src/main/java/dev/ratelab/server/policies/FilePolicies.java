package dev.ratelab.server.policies;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Policies of a YAML file. What counts is the content of whatever the path leads to: an editor that writes the file anew, one that
 * renames another over it, and a symbolic link that is turned, as Kubernetes does with a mounted ConfigMap, are all noticed.
 *
 * <p>Who is still writing has written only a part. So a new content counts when a second look finds it too, if it came whole by a rename
 * or a turned link, and otherwise when it has stayed for a second.
 */
final class FilePolicies implements PolicySource {
  /** In how many looks after the first a file that is written where it lies must not have changed. */
  static final int STABLE = (int) Duration.ofSeconds(1).dividedBy(LivePolicies.PERIOD);

  private final Path file;
  private final Supplier<FileChanges.How> how;
  private final Runnable close;
  private @Nullable Path real;
  private @Nullable Content seen;
  private @Nullable Content counts;
  private int looks;
  private boolean whole;

  FilePolicies(Path file) {
    this(file, new FileChanges(file));
  }

  private FilePolicies(Path file, FileChanges renames) {
    this(file, renames, renames::close);
  }

  /** With another word for how the file came, and what ends that. */
  FilePolicies(Path file, Supplier<FileChanges.How> how, Runnable close) {
    this.file = file;
    this.how = how;
    this.close = close;
  }

  @Override
  public String name() {
    return file.toString();
  }

  @Override
  public Found look() {
    // First: what it tells too early is told again for a content that changes afterwards.
    FileChanges.How came = how.get();
    boolean turned = turned();
    Content now = Content.of(file);
    looks++;
    if (!now.equals(seen)) {
      seen = now;
      looks = 0;
      whole = false;
    }
    if (turned || came != FileChanges.How.UNKNOWN) {
      // A file can also be written where a link was.
      whole = came == FileChanges.How.WHOLE || (turned && came != FileChanges.How.WRITTEN);
    }
    if (counts == null || looks >= (whole ? 1 : STABLE)) {
      counts = now;
    }
    return counts;
  }

  /** Whether a link on the way leads elsewhere now. A file that is missing for a moment is not. */
  private boolean turned() {
    try {
      Path before = real;
      real = file.toRealPath();
      return before != null && !before.equals(real);
    } catch (IOException e) {
      return false;
    }
  }

  @Override
  public void close() {
    close.run();
  }

  /** What was found: the text, or why it cannot be read. */
  private record Content(String name, @Nullable String text, List<ConfigurationFault> unreadable)
      implements Found {
    static Content of(Path file) {
      try {
        return new Content(file.toString(), PolicyDocument.text(file), List.of());
      } catch (ConfigurationException e) {
        return new Content(file.toString(), null, e.faults());
      }
    }

    @Override
    public PolicyDocument document() throws ConfigurationException {
      if (text == null) {
        throw new ConfigurationException(unreadable);
      }
      return PolicyDocument.yaml(name, text);
    }
  }
}
