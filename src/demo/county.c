/* county: the departments of 临江县, their posts, and who holds them. */
#include "demo/inner.h"
#include "base/must.h"

#define VILLAGE(town, code, name)                                               \
    {town "." code, town, name, "村支书* 村委会主任 文书 妇联主席"},            \
        {town "." code ".a", town "." code, "第一网格", "网格长* 网格员x2"},    \
    {                                                                           \
        town "." code ".b", town "." code, "第二网格", "网格长* 网格员x2" \
    }

#define TOWN(code, name)                                                 \
    {code, "towns", name, "镇党委书记* 镇长 人大主席 副镇长x2"},         \
        {code ".of", code, "党政办公室", "主任* 科员x3"},                \
        {code ".em", code, "应急管理办公室", "主任* 防汛专员 科员x2"},   \
        {code ".ag", code, "农业农村办公室", "主任* 农技员 科员x2"},     \
    {                                                                    \
        code ".sv", code, "便民服务中心", "主任* 窗口工作人员x3" \
    }

const struct office county_places[] = {
    {"gov", "", "县委县政府", "县委书记* 县长 常务副县长 副县长x3"},
    {"gov.of", "gov", "办公室", "主任* 副主任x2 秘书x4 机要员 文印员"},
    {"gov.em", "gov", "应急管理局",
     "局长* 副局长x2 指挥中心值班长x3 防汛股股长 防汛办干部x3 救援协调员x2 安全监管股股长"},
    {"gov.ed", "gov", "教育局", "局长* 副局长x2 基础教育股股长 教研员x4 学生资助中心主任 督学"},
    {"gov.he", "gov", "卫生健康局", "局长* 副局长 疾控股股长 基层卫生股股长 医政股干部x3"},
    {"gov.ag", "gov", "农业农村局", "局长* 副局长x2 乡村振兴股股长 农技推广站站长 农技员x4 植保员"},
    {"gov.da", "gov", "大数据中心",
     "主任* 副主任 系统管理员x2 数据分析员x2 运维工程师x2 网络安全专员 项目专员x2"},
    {"gov.wa", "gov", "水利局", "局长* 水文站站长 水库管理员x3 水文测报员x2"},
    {"gov.me", "gov", "气象局", "局长* 首席预报员 预报员x2"},
    {"towns", "", "乡镇", ""},
    TOWN("qs", "青山镇"),
    VILLAGE("qs", "qx", "清溪村"),
    VILLAGE("qs", "zp", "竹坪村"),
    VILLAGE("qs", "sb", "上坝村"),
    VILLAGE("qs", "cy", "茶园村"),
    TOWN("bs", "白石镇"),
    VILLAGE("bs", "sq", "石桥村"),
    VILLAGE("bs", "yl", "杨林村"),
    VILLAGE("bs", "hp", "河坪村"),
    TOWN("lh", "柳河镇"),
    VILLAGE("lh", "ly", "柳沿村"),
    VILLAGE("lh", "dw", "大湾村"),
    VILLAGE("lh", "xt", "新塘村"),
    VILLAGE("lh", "sy", "三义村"),
    {"sc", "", "临江县第一中学", "校长* 副校长x2"},
    {"sc.jw", "sc", "教务处", "主任* 干事x2"},
    {"sc.zj", "sc", "政教处", "主任* 干事"},
    {"sc.zw", "sc", "总务处", "主任* 校医 宿管员x2"},
    {"sc.g3", "sc", "高三年级",
     "年级主任* 语文教师x3 数学教师x3 英语教师x3 物理教师x2 化学教师x2 生物教师x2 历史教师 "
     "政治教师 地理教师 心理教师"},
    {"sc.c1", "sc.g3", "高三(1)班", "班主任* 学生家长x6"},
    {"sc.c2", "sc.g3", "高三(2)班", "班主任*"},
    {"sc.p2", "sc.c2", "家长委员会", "家委会会长* 学生家长x29"},
    {"sc.c3", "sc.g3", "高三(3)班", "班主任* 学生家长x6"},
    {"st", "", "临江钢铁有限公司", "总经理* 副总经理x2 总工程师"},
    {"st.lz", "st", "冷轧厂", "厂长* 副厂长 安全员"},
    {"st.l3", "st.lz", "三号线", "线长* 工艺员"},
    {"st.a", "st.l3", "甲班", "值班长* 主操x2 副操x2"},
    {"st.b", "st.l3", "乙班", "值班长* 主操x2 副操x2"},
    {"st.c", "st.l3", "丙班", "值班长* 主操x2 副操x2"},
    {"st.eq", "st", "设备部", "部长* 电气工程师x2 机械工程师x2 点检员x3"},
    {"st.qc", "st", "质检部", "部长* 质检员x4"},
    {"st.sa", "st", "销售部", "部长* 销售经理x4 单证员"},
};
const size_t county_place_count = sizeof county_places / sizeof *county_places;

const struct second_post county_second_posts[] = {
    {"gov.em^", "gov.of", "县防汛抗旱指挥部副指挥长"},
    {"gov.wa^", "gov.em", "县防汛办主任"},
    {"gov.da^", "gov.of", "数字化改革专班副组长"},
    {"gov.da^", "sc.p2", "学生家长"},
    {"qs.em^", "qs.of", "党政办副主任"},
    {"qs.qx^", "qs.ag", "驻村农业联络员"},
    {"bs.em^", "gov.em", "防汛挂职干部"},
    {"lh.dw^", "lh", "镇党委委员"},
    {"lh.sy^", "lh.sv", "代办员"},
    {"sc.c1^", "sc.jw", "竞赛辅导"},
    {"sc.c2^", "sc.g3", "语文教师"},
    {"sc.c3^", "sc.zj", "团委干事"},
    {"st.l3^", "st.eq", "备件审核"},
    {"st.a^", "st.lz", "兼职安全员"},
};
const size_t county_second_post_count = sizeof county_second_posts / sizeof *county_second_posts;

size_t county_place(struct str code)
{
    for (size_t i = 0; i < county_place_count; i++)
        if (str_equal(code, str_from(county_places[i].code)))
            return i;
    must(false);
    return 0;
}

/* ---- people ---------------------------------------------------------------------------------- */

/* "科员x3" is three of 科员. */
static int64_t times_of(struct str *title)
{
    ptrdiff_t x = str_find_char(*title, 'x');
    int64_t times = 1;
    if (x < 0)
        return 1;
    must(str_to_int(str_skip(*title, (size_t)x + 1), &times));
    *title = str_take(*title, (size_t)x);
    return times;
}

static bool is_taken(const struct county *county, struct str name)
{
    for (size_t i = 0; i < county->count; i++)
        if (str_equal(county->people[i].name, name))
            return true;
    return false;
}

static void settle(struct arena *arena, struct county *county, struct chance *chance,
                   const struct inhabitant *like)
{
    struct inhabitant *person = &county->people[county->count];
    *person = *like;
    do
        person->name = name_make(arena, chance, &person->surname);
    while (is_taken(county, person->name));
    if (person->is_head && person->place == county_place(S("gov.da"))) {
        county->first = county->count;
        person->name = S("林晓棠");
        person->surname = S("林");
    }
    county->count++;
}

struct county county_make(struct arena *arena)
{
    enum { MOST_PEOPLE = 500 };
    struct chance chance = {20240601};
    struct county county = {ARENA_ARRAY(arena, MOST_PEOPLE, struct inhabitant), 0, 0};
    for (size_t place = 0; place < county_place_count; place++) {
        struct str titles = str_from(county_places[place].titles);
        while (titles.len) {
            struct str title = str_cut(&titles, ' ');
            int64_t times = times_of(&title);
            bool is_head = str_ends(title, S("*"));
            struct inhabitant like = {
                .title = str_take(title, title.len - is_head), .place = place, .is_head = is_head};
            for (; times > 0; times--) {
                must(county.count < MOST_PEOPLE);
                settle(arena, &county, &chance, &like);
            }
        }
    }
    return county;
}

/* ---- finding --------------------------------------------------------------------------------- */

static bool is_below(size_t place, size_t top)
{
    while (place != top) {
        if (!*county_places[place].parent)
            return false;
        place = county_place(str_from(county_places[place].parent));
    }
    return true;
}

static bool matches(const struct inhabitant *person, struct str word)
{
    struct str title = word, code = str_cut(&title, ':');
    bool has_all = str_ends(code, S("/")), is_head_only = str_ends(code, S("^"));
    size_t place = county_place(str_take(code, code.len - (has_all || is_head_only)));
    if (is_head_only)
        return person->place == place && person->is_head;
    if (title.len)
        return is_below(person->place, place) && str_equal(person->title, title);
    return has_all ? is_below(person->place, place) : person->place == place;
}

struct numbers county_find(struct arena *arena, const struct county *county, struct str list)
{
    struct numbers found = {ARENA_ARRAY(arena, county->count, size_t), 0};
    bool *is_in = ARENA_ARRAY(arena, county->count, bool);
    while (list.len) {
        struct str word = str_cut(&list, ',');
        for (size_t i = 0; i < county->count; i++)
            is_in[i] = is_in[i] || matches(&county->people[i], word);
    }
    for (size_t i = 0; i < county->count; i++)
        if (is_in[i])
            found.at[found.count++] = i;
    return found;
}
