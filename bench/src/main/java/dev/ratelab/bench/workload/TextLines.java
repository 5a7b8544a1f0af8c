package dev.ratelab.bench.workload;

import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.zip.GZIPInputStream;

/**
 * The lines of a text that another program wrote: a file, a pipe, or standard input for {@code -}; plain or gzip, told by its
 * content. Bytes are characters of Latin 1, because old servers log whatever a client sent; a byte order mark is left out.
 */
public final class TextLines {
  private static final Path STANDARD_INPUT = Path.of("-");
  private static final String BYTE_ORDER_MARK = "\u00ef\u00bb\u00bf";
  private static final int LONGEST_SHOWN = 60;

  private TextLines() {}

  /** Takes a line and its number, from 1. */
  @FunctionalInterface
  public interface Taker {
    void line(long number, String text);
  }

  /** The last part of a file's name, {@code stdin} for standard input. */
  public static String name(Path file) {
    Path last = file.getFileName();
    return file.equals(STANDARD_INPUT) || last == null ? "stdin" : last.toString();
  }

  /**
   * Reads all lines in their order.
   *
   * @throws IOException if that fails; the message is for people
   */
  public static void read(Path file, Taker taker) throws IOException {
    if (file.equals(STANDARD_INPUT)) {
      // Not closed: it is the process's own.
      read(System.in, "standard input", taker);
      return;
    }
    if (!Files.exists(file) || Files.isDirectory(file)) {
      throw new IOException("%s is not a file".formatted(file));
    }
    // Not Files.newInputStream, whose available() fails on a pipe.
    try (InputStream in = new FileInputStream(file.toFile())) {
      read(in, file.toString(), taker);
    }
  }

  static void read(InputStream in, String name, Taker taker) throws IOException {
    try {
      BufferedReader lines =
          new BufferedReader(new InputStreamReader(unpacked(in), StandardCharsets.ISO_8859_1));
      long number = 0;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        // Of any line: several files may have been joined.
        boolean marked = line.startsWith(BYTE_ORDER_MARK);
        taker.line(++number, marked ? line.substring(BYTE_ORDER_MARK.length()) : line);
      }
    } catch (IOException e) {
      throw new IOException("%s cannot be read: %s".formatted(name, e.getMessage()), e);
    }
  }

  /** For people, for example {@code 1 line} or {@code 1,000 lines}. */
  public static String counted(long n, String noun) {
    return String.format(Locale.ROOT, "%,d %s%s", n, noun, n == 1 ? "" : "s");
  }

  /** A part of a line for a message: as UTF-8 where it is, without control characters, and not longer than a line of a terminal. */
  public static String shown(String text) {
    String readable = new String(text.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8)
        .replaceAll("\\p{Cntrl}", "?");
    return readable.length() <= LONGEST_SHOWN
        ? readable
        : readable.substring(0, LONGEST_SHOWN) + "...";
  }

  private static InputStream unpacked(InputStream raw) throws IOException {
    BufferedInputStream in = new BufferedInputStream(raw);
    in.mark(2);
    boolean gzip = in.read() == 0x1f && in.read() == 0x8b;
    in.reset();
    return gzip ? new GZIPInputStream(new Patient(in)) : in;
  }

  /** A pipe whose writer is slow has nothing available, and GZIPInputStream would take that for the end of joined files. */
  private static final class Patient extends FilterInputStream {
    Patient(BufferedInputStream in) {
      super(in);
    }

    @Override
    public int available() throws IOException {
      in.mark(1);
      int next = in.read();
      in.reset();
      return next < 0 ? 0 : 1;
    }
  }
}
