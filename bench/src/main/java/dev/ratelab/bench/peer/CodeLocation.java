package dev.ratelab.bench.peer;

import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import org.jspecify.annotations.Nullable;

/** The jar or the folder that a class was loaded from, whatever the working directory is. */
public final class CodeLocation {
  private CodeLocation() {}

  /** Where it is. */
  public static Path of(Class<?> type) {
    try {
      return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI())
          .toAbsolutePath();
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The version that a class's jar states in Maven's properties, or else in its manifest; null if in neither. */
  static @Nullable String version(Class<?> type) {
    try {
      Path file = of(type);
      if (!Files.isRegularFile(file)) {
        return null;
      }
      try (JarFile jar = new JarFile(file.toFile())) {
        String maven = maven(jar);
        return maven == null ? manifest(jar) : maven;
      }
    } catch (IOException e) {
      return null;
    }
  }

  // A jar that carries others carries their properties, too: then none of them can be told to be
  // its own.
  private static @Nullable String maven(JarFile jar) throws IOException {
    List<JarEntry> entries = jar.stream()
        .filter(entry -> entry.getName().matches("META-INF/maven/.*/pom\\.properties"))
        .toList();
    if (entries.size() != 1) {
      return null;
    }
    Properties properties = new Properties();
    try (InputStream in = jar.getInputStream(entries.get(0))) {
      properties.load(in);
    }
    return properties.getProperty("version");
  }

  private static @Nullable String manifest(JarFile jar) throws IOException {
    Manifest manifest = jar.getManifest();
    if (manifest == null) {
      return null;
    }
    Attributes attributes = manifest.getMainAttributes();
    String version = attributes.getValue(Attributes.Name.IMPLEMENTATION_VERSION);
    return version == null ? attributes.getValue("Bundle-Version") : version;
  }
}
