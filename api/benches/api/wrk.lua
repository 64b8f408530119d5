-- Asks for each of its arguments in turn, PATH or PATH|TAG, and says in one line what came of it.

local requests, place = {}, 0

function init(args)
  for _, target in ipairs(args) do
    local path, tag = target:match("^([^|]*)|?(.*)$")
    local headers = {}
    if tag ~= "" then
      headers["If-None-Match"] = tag
    end
    requests[#requests + 1] = wrk.format("GET", path, headers)
  end
end

function request()
  place = place % #requests + 1
  return requests[place]
end

function done(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format("figures %d %d %d %d\n", summary.requests, summary.duration, latency:percentile(99), failed))
end
