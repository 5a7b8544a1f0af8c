/** What is promised of requests that several policies decide together: all admit or none is charged. */
@NullMarked
package dev.ratelab.verification.joint;

import org.jspecify.annotations.NullMarked;
