#include "policy/cli/reports/html_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "policy/base/inert_text.h"
#include "policy/cli/reports/show_output.h"

namespace emailauth::cli {

namespace {

using report::DayVolume;
using report::Volume;

struct Bar {
  Day first{};
  Day last{};
  Volume volume;
};

// Returns at most `most` bars, each of the same number of whole days.
std::vector<Bar> bars_of(const std::vector<DayVolume>& days, Day since, Day until, int most) {
  const auto span = static_cast<int>((until - since).count()) + 1;
  const Days width((span + most - 1) / most);
  std::vector<Bar> out;
  for (Day day = since; day <= until; day += width) out.push_back({day, std::min(day + width - Days(1), until), {}});
  for (const DayVolume& day : days) out[static_cast<std::size_t>((day.day - since) / width)].volume.add(day.volume);
  return out;
}

std::uint64_t highest_of(const std::vector<Bar>& bars) {
  std::uint64_t highest = 1;
  for (const Bar& bar : bars) highest = std::max(highest, bar.volume.mails);
  return highest;
}

// Rounds up to one digit, not 7 or 9, and zeros: the end of an axis.
std::uint64_t round_up(std::uint64_t number) {
  std::uint64_t step = 1;
  while (step * 10 < number) step *= 10;
  for (const std::uint64_t factor : {1U, 2U, 3U, 4U, 5U, 6U, 8U}) {
    if (factor * step >= number) return factor * step;
  }
  return 10 * step;
}

std::string days_of(const Bar& bar) {
  return bar.first == bar.last ? to_string(bar.first) : to_string(bar.first) + " to " + to_string(bar.last);
}

std::string rectangle(const char* kind, double x, double y, double width, double height) {
  if (height <= 0) return {};
  return fmt::format(R"(<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>)", kind, x, y, width,
                     height);
}

}  // namespace

std::string html_escape(std::string_view text) {
  std::string out;
  for (const char c : inert(text)) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
  return out;
}

std::string_view html_style() {
  return R"(
:root{--ink:#1a2026;--soft:#5a6570;--page:#fff;--card:#f4f6f8;--line:#d5dbe1;--pass:#0a6fb0;--fail:#c4510b;--mark:#8a4b00}
@media (prefers-color-scheme:dark){:root{--ink:#e8ecf0;--soft:#a3aeb9;--page:#12171c;--card:#1c242b;--line:#36424d;--pass:#5cb3ee;--fail:#ff9a56;--mark:#ffc27a}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1rem;max-width:70rem;color:var(--ink);background:var(--page);font:1rem/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
h1{font-size:1.6rem;line-height:1.2;margin:.5rem 0}h2{font-size:1.2rem;margin:2rem 0 .5rem}p{margin:.4rem 0}
.soft{color:var(--soft)}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(10rem,1fr));gap:.7rem;padding:0;margin:1rem 0;list-style:none}
.tiles li{background:var(--card);border:1px solid var(--line);border-radius:.5rem;padding:.6rem .9rem}
.tiles b{display:block;font-size:1.4rem;overflow-wrap:normal;font-variant-numeric:tabular-nums}
svg{display:block;max-width:100%}svg text{fill:var(--soft);font:12px system-ui,sans-serif}
.pass{fill:var(--pass)}.fail{fill:var(--fail)}.rail{fill:var(--line)}.axis{stroke:var(--line)}
.key i{display:inline-block;width:.8em;height:.8em;margin:0 .35em 0 1em;border-radius:2px;background:var(--pass)}.key i+span+i{background:var(--fail)}
table{width:100%;border-collapse:collapse}caption{text-align:left;color:var(--soft);padding:.2rem 0}
th,td{text-align:left;padding:.35rem .5rem;border-bottom:1px solid var(--line);vertical-align:top}
thead th{color:var(--soft);font-weight:600}tbody th{font-weight:600}
.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.n svg{margin-left:auto}
.mark{color:var(--mark);font-size:.85rem;font-weight:400;display:block}
details{border:1px solid var(--line);border-radius:.5rem;margin:.5rem 0;padding:.4rem .8rem}
summary{cursor:pointer;font-weight:600}:focus-visible{outline:3px solid var(--pass);outline-offset:2px}
@media (min-width:40.01rem){table{table-layout:fixed}thead th:first-child{width:30%}thead th.n{width:6.8rem}}
@media (max-width:40rem){
 svg[role=img] text{font-size:28px}.n svg{margin-left:0}td.wide:empty{display:none}
 thead{position:absolute;clip-path:inset(50%);height:1px;overflow:hidden}
 tbody tr{display:grid;grid-template-columns:1fr 1fr;border-bottom:2px solid var(--line);padding:.4rem 0}
 tbody th{grid-column:1/-1}th,td{border:0;padding:.15rem .3rem}.n{text-align:left}
 td::before{content:attr(data-label) " ";color:var(--soft);font-size:.85rem}td.wide{grid-column:1/-1}
}
@media print{:root{--ink:#000;--soft:#444;--page:#fff;--card:#fff;--line:#999;--pass:#0a6fb0;--fail:#c4510b;--mark:#5a3000}
 body{max-width:none;font-size:10pt}details,tr,svg,.tiles li{break-inside:avoid}h2{break-after:avoid}}
)";
}

std::string day_chart(const std::vector<DayVolume>& days, Day since, Day until) {
  constexpr double kLeft = 100, kTop = 30, kWidth = 900, kHeight = 220;
  const std::vector<Bar> bars = bars_of(days, since, until, 120);
  const std::uint64_t top = round_up(highest_of(bars));
  const auto scale = [&](std::uint64_t mails) {
    return kHeight * static_cast<double>(mails) / static_cast<double>(top);
  };
  Volume total;
  for (const Bar& bar : bars) total.add(bar.volume);
  std::string out = fmt::format(
      R"(<svg viewBox="0 0 {} {}" role="img" aria-labelledby="days-title days-text"><title id="days-title">Messages a day, passed and failed</title><desc id="days-text">{} of {} messages from {} to {} passed DMARC. The table below has every day.</desc>)",
      kLeft + kWidth + 10, kTop + kHeight + 36, grouped(total.passed), grouped(total.mails), to_string(since),
      to_string(until));
  for (int i = 0; i <= 2; ++i) {
    const double y = kTop + kHeight * (2 - i) / 2;
    out += fmt::format(
        R"(<line class="axis" x1="{0}" x2="{1}" y1="{2}" y2="{2}"/><text x="{3}" y="{4}" text-anchor="end">{5}</text>)",
        kLeft, kLeft + kWidth, y, kLeft - 6, y + 4,
        top % 2 == 0 || i != 1 ? grouped(top * static_cast<unsigned>(i) / 2) : "");
  }
  const double step = kWidth / static_cast<double>(bars.size());
  for (std::size_t i = 0; i < bars.size(); ++i) {
    const Bar& bar = bars[i];
    if (bar.volume.mails == 0) continue;
    const double x = kLeft + step * static_cast<double>(i) + step * 0.1;
    const double failed = scale(bar.volume.mails - bar.volume.passed), passed = scale(bar.volume.passed);
    out += fmt::format("<g><title>{}: {} passed, {} failed</title>", days_of(bar), grouped(bar.volume.passed),
                       grouped(bar.volume.mails - bar.volume.passed));
    out += rectangle("pass", x, kTop + kHeight - passed, step * 0.8, passed);
    out += rectangle("fail", x, kTop + kHeight - passed - failed, step * 0.8, failed) + "</g>";
  }
  return out + fmt::format(R"(<text x="{}" y="{}">{}</text><text x="{}" y="{}" text-anchor="end">{}</text></svg>)",
                           kLeft, kTop + kHeight + 26, to_string(since), kLeft + kWidth, kTop + kHeight + 26,
                           to_string(until));
}

std::string pass_bar(const Volume& volume) {
  if (volume.mails == 0) return {};
  return fmt::format(R"(<svg viewBox="0 0 100 8" width="100" height="8" aria-hidden="true">{}{}</svg>)",
                     rectangle("fail", 0, 0, 100, 8),
                     volume.passed == 0 ? "" : rectangle("pass", 0, 0, volume.pass_percent(), 8));
}

std::string spark_line(const std::vector<DayVolume>& days, Day since, Day until) {
  const std::vector<Bar> bars = bars_of(days, since, until, 60);
  const std::uint64_t top = highest_of(bars);
  const double step = 240.0 / static_cast<double>(bars.size());
  std::string out = R"(<svg viewBox="0 0 240 36" width="240" height="36" aria-hidden="true">)";
  for (std::size_t i = 0; i < bars.size(); ++i) {
    const auto height = [&](std::uint64_t mails) { return 36 * static_cast<double>(mails) / static_cast<double>(top); };
    const double x = step * static_cast<double>(i), passed = height(bars[i].volume.passed);
    const double failed = height(bars[i].volume.mails - bars[i].volume.passed);
    out += rectangle("pass", x, 36 - passed, step * 0.8, passed) +
           rectangle("fail", x, 36 - passed - failed, step * 0.8, failed);
  }
  return out + "</svg>";
}

}  // namespace emailauth::cli
