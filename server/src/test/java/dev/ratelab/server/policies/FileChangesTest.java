package dev.ratelab.server.policies;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.server.policies.FileChanges.How;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What the events of a real directory tell. They come in their own time, so each test waits for the one that must come. */
@EnabledOnOs(OS.LINUX)
class FileChangesTest {
  @TempDir
  private Path directory;

  private static void await(FileChanges renames, How how) {
    while (renames.get() != how) {
      Thread.onSpinWait();
    }
  }

  @Test
  void aRenameIsToldFromWhatIsWrittenInPlace() throws Exception {
    Path file = Files.writeString(directory.resolve("p"), "first");
    try (FileChanges renames = new FileChanges(file)) {
      assertThat(renames.get()).isEqualTo(How.UNKNOWN);

      Files.writeString(file, "in place");
      await(renames, How.WRITTEN);

      Path other = Files.writeString(directory.resolve("other"), "renamed");
      Files.move(other, file, StandardCopyOption.REPLACE_EXISTING);
      await(renames, How.WHOLE);

      Files.delete(file);
      Files.writeString(file, "removed and written anew");
      await(renames, How.WRITTEN);
      assertThat(renames.get()).as("each is told once").isEqualTo(How.UNKNOWN);
    }
  }

  @Test
  void whereNothingCanBeWatchedNothingIsKnown() {
    try (FileChanges renames = new FileChanges(directory.resolve("absent").resolve("p"))) {
      assertThat(renames.get()).isEqualTo(How.UNKNOWN);
    }
  }
}
