/** What the server tells about itself, part by part. */
@NullMarked
package dev.ratelab.server.telemetry;

import org.jspecify.annotations.NullMarked;
