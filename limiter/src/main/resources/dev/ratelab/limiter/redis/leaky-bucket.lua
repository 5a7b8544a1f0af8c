-- A part of gcra.lua, which admits the same requests; this one holds them back. See LeakyBucket.java.
delay = tat - now
if rest > 0 then
  delay = delay + 1
end
