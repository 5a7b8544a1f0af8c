package dev.ratelab.limiter.redis;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * What somebody configures in a file: a regular one of bounded size. A device has no end, a pipe may have no writer, and one of them or
 * a huge file can take the place of any file that is read again.
 */
public final class SmallFile {
  /** The most that is read, 3 MiB. */
  public static final int MAX_BYTES = 3 << 20;

  private static final String ACCEPTED = "; accepted: a regular file of at most 3 MiB";

  private SmallFile() {}

  /**
   * The content.
   *
   * @throws IOException if it cannot be read; the message says why, and does not name the file
   */
  public static byte[] read(Path file) throws IOException {
    try {
      BasicFileAttributes found = Files.readAttributes(file, BasicFileAttributes.class);
      if (!found.isRegularFile()) {
        throw new IOException(
            (found.isDirectory() ? "it is a directory" : "it is a device or a pipe") + ACCEPTED);
      }
      try (InputStream in = Files.newInputStream(file)) {
        // A file of the kernel's tells no size before it is read.
        byte[] bytes = found.size() > MAX_BYTES ? null : in.readNBytes(MAX_BYTES + 1);
        if (bytes == null || bytes.length > MAX_BYTES) {
          throw new IOException("it is too large" + ACCEPTED);
        }
        return bytes;
      }
    } catch (NoSuchFileException e) {
      throw new IOException("there is no such file", e);
    } catch (AccessDeniedException e) {
      throw new IOException("there is no right to read it", e);
    } catch (FileSystemException e) {
      // The message of most is the file's name.
      throw new IOException(
          e.getReason() == null ? "the file system refuses it" : e.getReason(), e);
    }
  }

  /**
   * The content, for those who want a stream.
   *
   * @throws IOException if it cannot be read; the message names the file and says why
   */
  public static InputStream stream(Path file) throws IOException {
    try {
      return new ByteArrayInputStream(read(file));
    } catch (IOException e) {
      throw new IOException("the file %s cannot be read: %s".formatted(file, e.getMessage()), e);
    }
  }
}
