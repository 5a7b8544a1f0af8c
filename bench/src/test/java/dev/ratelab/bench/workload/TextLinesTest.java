package dev.ratelab.bench.workload;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class TextLinesTest {
  @TempDir
  private Path directory;

  /** As "cat a.gz b.gz" writes them, where the second comes late. */
  @Test
  void joinedGzipFilesFromASlowPipeAreReadToTheEnd() throws IOException {
    ByteArrayOutputStream joined = new ByteArrayOutputStream();
    for (String text : List.of("one\n", "two\n")) {
      try (OutputStream out = new GZIPOutputStream(joined)) {
        out.write(text.getBytes(StandardCharsets.UTF_8));
      }
    }
    InputStream slow = new ByteArrayInputStream(joined.toByteArray()) {
      @Override
      public synchronized int available() {
        return 0;
      }

      @Override
      public synchronized int read(byte[] bytes, int offset, int length) {
        return super.read(bytes, offset, Math.min(length, 1));
      }
    };
    List<String> lines = new ArrayList<>();

    TextLines.read(slow, "slow", (number, text) -> lines.add(number + " " + text));

    assertThat(lines).containsExactly("1 one", "2 two");
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void aNamedPipeIsReadAsAFile() throws Exception {
    Path pipe = directory.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    Process writer =
        new ProcessBuilder("sh", "-c", "printf 'one\\ntwo' > \"$0\"", pipe.toString()).start();
    List<String> lines = new ArrayList<>();

    TextLines.read(pipe, (number, text) -> lines.add(text));

    assertThat(lines).containsExactly("one", "two");
    assertThat(writer.waitFor()).isZero();
  }

  @Test
  void aPartForAMessageIsOneReadableLine() {
    String text =
        new String("хлеб\u001b[31m".getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);

    assertThat(TextLines.shown(text)).isEqualTo("хлеб?[31m");
    assertThat(TextLines.shown("x".repeat(100))).isEqualTo("x".repeat(60) + "...");
  }
}
