package dev.ratelab.bench.accuracy;

import dev.ratelab.bench.VirtualRun.Arrival;
import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.ResolverStyle;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;

/**
 * An access log in common or combined log format, plain or gzip: one request a line, its client the first field, its time to
 * the second in square brackets. The rest of a line does not matter here.
 *
 * @param workload its requests in the order of time, each of cost 1; those of one second all at its begin
 * @param clients how many different clients they come from
 * @param skipped lines that are no request in this format
 */
public record AccessLog(Workload workload, int clients, long skipped) {
  private static final Pattern LINE = Pattern.compile(
      "(\\S+) \\S+ .*?\\[(\\d{2}/[A-Za-z]{3}/\\d{4}:\\d{2}:\\d{2}:\\d{2} [+-]\\d{4})]( .*)?");
  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern(
          "dd/MMM/uuuu:HH:mm:ss Z", Locale.ENGLISH)
      .withResolverStyle(ResolverStyle.STRICT);

  /**
   * Reads a file.
   *
   * @throws IOException if it cannot be read, or holds no request in this format; the message is for people
   */
  public static AccessLog read(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new IOException("%s is not a file".formatted(file));
    }
    List<Arrival> arrivals = new ArrayList<>();
    Map<String, String> clients = new HashMap<>();
    long skipped = 0;
    // Old servers log whatever bytes a client sent. Latin 1 accepts them all.
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(open(file), StandardCharsets.ISO_8859_1))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        Matcher parts = LINE.matcher(line);
        long at = parts.matches() ? micros(parts.group(2)) : -1;
        if (at < 0) {
          skipped += line.isBlank() ? 0 : 1;
        } else {
          String client = clients.computeIfAbsent(parts.group(1), first -> first);
          arrivals.add(new Arrival(at, client, 1));
        }
      }
    } catch (IOException e) {
      throw new IOException("%s cannot be read: %s".formatted(file, e.getMessage()), e);
    }
    if (arrivals.isEmpty()) {
      throw new IOException(
          "%s holds no request in common or combined log format; accepted are lines such as: 192.0.2.1 - - [17/May/2015:10:05:03 +0000] \"GET / HTTP/1.1\" 200 512"
              .formatted(file));
    }
    arrivals.sort(Comparator.comparingLong(Arrival::at));
    String name = "replay:" + file.getFileName();
    return new AccessLog(new Workload(name, arrivals), clients.size(), skipped);
  }

  private static long micros(String time) {
    try {
      return OffsetDateTime.parse(time, TIME).toEpochSecond() * 1_000_000;
    } catch (DateTimeException e) {
      return -1;
    }
  }

  private static InputStream open(Path file) throws IOException {
    BufferedInputStream in = new BufferedInputStream(Files.newInputStream(file));
    in.mark(2);
    boolean gzip = in.read() == 0x1f && in.read() == 0x8b;
    in.reset();
    try {
      return gzip ? new GZIPInputStream(in) : in;
    } catch (IOException e) {
      in.close();
      throw e;
    }
  }
}
