// People under the names of their departments.
import type { OrgPerson } from "../api";

export interface DepartmentPeople {
  name: string;
  people: OrgPerson[];
}

const byPinyin = (a: OrgPerson, b: OrgPerson): number => (a.pinyin ?? a.name).localeCompare(b.pinyin ?? b.name);

// The fullest department first, those without one last; inside in the order of the names.
export function byDepartment(people: readonly OrgPerson[], without: string): DepartmentPeople[] {
  const groups = new Map<string, OrgPerson[]>();
  for (const p of people) {
    const name = p.department_name ?? "";
    groups.set(name, [...(groups.get(name) ?? []), p]);
  }
  const sorted = Array.from(groups).sort(([a, x], [b, y]) => Number(!a) - Number(!b) || y.length - x.length || (a < b ? -1 : 1));
  return sorted.map(([name, list]) => ({ name: name || without, people: list.sort(byPinyin) }));
}
