package dev.ratelab.server.command;

import java.lang.reflect.Proxy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * SIGHUP does not end a server. It is what daemons are sent to read their configuration again, which this one does by itself, and what
 * a terminal sends that is closed.
 */
final class Hangup {
  private static final Logger LOG = LoggerFactory.getLogger(Hangup.class);

  private Hangup() {}

  /** From now on it is only logged, where the platform has it and the JVM was not told to leave signals alone. */
  static void ignore() {
    try {
      // By reflection: the compiler warns of each mention, and no warning is let through.
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Object told = Proxy.newProxyInstance(
          handler.getClassLoader(), new Class<?>[] {handler}, (proxy, method, arguments) -> {
            LOG.atInfo()
                .addKeyValue("event", "hangup")
                .log("SIGHUP is ignored: policies are read whenever they change");
            return null;
          });
      signal
          .getMethod("handle", signal, handler)
          .invoke(null, signal.getConstructor(String.class).newInstance("HUP"), told);
    } catch (ReflectiveOperationException e) {
      LOG.debug("SIGHUP cannot be ignored", e);
    }
  }
}
