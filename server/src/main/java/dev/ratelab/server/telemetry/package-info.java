/**
 * What the server tells about itself: metrics, the figures of the last second, and events for the log. Knows nothing of HTTP, and
 * no key leaves it in clear.
 */
@NullMarked
package dev.ratelab.server.telemetry;

import org.jspecify.annotations.NullMarked;
