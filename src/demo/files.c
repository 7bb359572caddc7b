/* files: what the messages carry. */
#include "demo/inner.h"
#include "base/must.h"

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

static const struct {
    const char *name, *text;
} texts[] = {
    {"降雨量统计.csv",
     "站点,乡镇,6小时(毫米),12小时(毫米),24小时(毫米)\r\n上坝,青山镇,38.5,61.0,92.5\r\n"
     "竹坪,青山镇,31.0,52.5,80.0\r\n茶园,青山镇,29.5,47.0,71.5\r\n杨林,白石镇,22.0,40.5,63.0\r\n"
     "石桥,白石镇,26.5,45.5,70.0\r\n河坪,白石镇,33.0,58.0,88.5\r\n大湾,柳河镇,18.5,36.0,54.0\r\n"
     "新塘,柳河镇,16.0,31.5,49.5\r\n三义,柳河镇,20.5,38.0,57.0\r\n"},
    {"积分兑换清单.csv",
     "物品,规格,积分,库存\r\n卫生纸,10卷,40,120\r\n食用油,1.8升,90,46\r\n洗衣粉,1公斤,35,80\r\n"
     "酱油,500毫升,30,64\r\n大米,5公斤,110,38\r\n牙膏,1支,20,96\r\n作业本,10本,15,200\r\n"
     "理发券,1次,50,40\r\n"},
    {"入户走访台账.csv",
     "网格,应访户数,已访户数,上报事件,办结事件\r\n柳沿村第一网格,64,64,9,9\r\n"
     "柳沿村第二网格,58,57,6,6\r\n大湾村第一网格,71,70,12,11\r\n大湾村第二网格,66,66,8,8\r\n"
     "新塘村第一网格,52,52,5,5\r\n新塘村第二网格,49,48,7,6\r\n三义村第一网格,60,60,10,10\r\n"
     "三义村第二网格,55,51,4,4\r\n"},
    {"轧辊更换记录.csv",
     "机架,换辊次数,平均轧制公里,平均磨损(毫米)\r\n1,9,286,0.11\r\n2,10,271,0.12\r\n"
     "3,11,255,0.12\r\n4,16,178,0.15\r\n5,12,240,0.10\r\n"},
    {"晚自习值班表.txt",
     "高三年级晚自习值班安排\r\n\r\n周一  语文组\r\n周二  数学组\r\n周三  英语组\r\n周四  "
     "理综组\r\n"
     "周五  班主任\r\n周日  年级组\r\n\r\n时间 18:40 至 21:40；请值班老师提前十分钟到教室。\r\n"},
    {"接口说明.txt", "数据共享接口说明（第二版）\r\n\r\n1. 取数据：GET /share/v2/{目录}?page=1\r\n"
                     "2. 鉴权：请求头 Authorization: Bearer 令牌，令牌两小时有效\r\n"
                     "3. 错误码：400 参数有误；401 令牌无效；403 没有授权；429 调用太快\r\n"
                     "4. 日志不记录身份证号、手机号和家庭住址\r\n"},
};

static const double level_values[] = {13.4, 13.5, 13.5, 13.7, 14.0, 14.4, 14.9, 15.3, 15.6,
                                      15.8, 15.7, 15.5, 15.3, 15.0, 14.8, 14.7, 14.5, 14.4};
static const double oil_values[] = {52, 52, 51, 52, 53, 52, 52, 53, 54, 55, 56, 57, 57, 57, 56, 56};
static const double score_values[] = {108, 112, 116, 121, 98, 103};
static const double visit_values[] = {3420, 2180, 1650, 940, 610};

#define VALUES(list) (list), sizeof(list) / sizeof *(list)

struct str demo_file(struct arena *arena, struct str name)
{
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (str_equal(name, str_from(texts[i].name)))
            return arena_printf(arena, BYTE_ORDER_MARK "%s", texts[i].text);
    must(str_ends(name, S(".png")));
    if (str_equal(name, S("白石站水位过程线.png")))
        return picture_curve(arena, VALUES(level_values), 12, 17, 16);
    if (str_equal(name, S("三号线乳化液温度.png")))
        return picture_curve(arena, VALUES(oil_values), 45, 60, 58);
    if (str_equal(name, S("高三二模均分对比.png")))
        return picture_bars(arena, VALUES(score_values), 150);
    if (str_equal(name, S("系统访问量.png")))
        return picture_bars(arena, VALUES(visit_values), 4000);
    uint64_t seed = 5381;
    for (size_t i = 0; i < name.len; i++)
        seed = seed * 33 + (unsigned char)name.ptr[i];
    bool is_evening = str_find(name, S("晚霞")) >= 0 || str_find(name, S("路灯")) >= 0;
    return picture_hills(arena, seed, is_evening);
}
